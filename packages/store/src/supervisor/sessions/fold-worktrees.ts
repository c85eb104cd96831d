import { foldOf } from "../fold.ts";
import { sessionRows } from "./rows.ts";

/** What became of the worktree of a session that has ended; told again, the newest counts. */
export const worktreesFold = foldOf({
  name: "worktrees",
  events: ["session.worktree"],
  fold(tx, { event: { session, data } }) {
    const rows = tx.of(sessionRows);
    const before = session === undefined ? undefined : rows.get(tx.nodeId, session);
    if (before === undefined) return;
    const { directory, state, reason = null, branch = null } = data;
    rows.put({
      ...before,
      worktree: directory,
      worktreeEnd: state,
      worktreeReason: state === "kept" ? reason : null,
      worktreeBranch: branch,
    });
  },
});
