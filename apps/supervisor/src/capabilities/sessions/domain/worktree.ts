import type { SessionView } from "@hal/protocol";

/** What is kept of a session's worktree, of its row. */
interface WorktreeFacts {
  readonly worktree: string | null;
  readonly worktreeEnd: "kept" | "removed" | null;
  readonly worktreeReason: string | null;
  readonly worktreeBranch: string | null;
}

export function worktreeView(row: WorktreeFacts): SessionView["worktree"] {
  const { worktree: directory, worktreeEnd, worktreeReason: reason, worktreeBranch: branch } = row;
  return directory === null ? null : { directory, state: worktreeEnd ?? "in_use", reason, branch };
}

/** As a clause behind a session's reason, where something of its work waits in its worktree; empty otherwise. */
export function keptText(row: WorktreeFacts): string {
  return row.worktreeEnd === "kept" ? `; ${worktreeText(row) ?? ""}` : "";
}

/** Where a session works, or what became of that, in words; undefined where it works in the directory of its project. */
function worktreeText(row: WorktreeFacts): string | undefined {
  const { worktree, worktreeEnd, worktreeReason, worktreeBranch } = row;
  if (worktree === null) return undefined;
  if (worktreeEnd === null) return `it works in a git worktree of its own, ${worktree}`;
  if (worktreeEnd === "kept")
    return `its worktree is kept, ${worktree}${worktreeReason === null ? "" : `: ${worktreeReason}`}`;
  return `its worktree was removed${worktreeBranch === null ? "" : `; its commits are on the branch ${worktreeBranch}`}`;
}

/** The same for whoever explains a session, and whether something of its work waits there. */
export function worktreeFacts(row: WorktreeFacts): { readonly text: string; readonly isKept: boolean } | undefined {
  const text = worktreeText(row);
  return text === undefined ? undefined : { text, isKept: row.worktreeEnd === "kept" };
}
