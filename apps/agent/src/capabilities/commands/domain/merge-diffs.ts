import type { FileChange } from "@hal/protocol";

/** What turns changed together, oldest first: each file once, its patches one after another. */
export function mergeDiffs(turns: readonly (readonly FileChange[])[]): FileChange[] {
  const files = new Map<string, FileChange>();
  for (const change of turns.flat()) {
    const before = files.get(change.file);
    files.set(change.file, before === undefined ? change : follow(before, change));
  }
  return [...files.values()];
}

function follow(before: FileChange, after: FileChange): FileChange {
  const patches = [before.patch, after.patch].filter((patch) => patch !== null);
  return {
    file: after.file,
    // what was made by an earlier turn is new, also where a later one changed it
    status: before.status === "added" && after.status === "modified" ? "added" : after.status,
    additions: before.additions + after.additions,
    deletions: before.deletions + after.deletions,
    patch: patches.length === 0 ? null : patches.map((patch) => patch.trimEnd()).join("\n"),
  };
}
