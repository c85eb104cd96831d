import * as v from "valibot";
import { Path, Text, Word } from "../bounds.ts";

/** What became of the worktree of a session that has ended. */
export const SessionWorktree = v.object({
  directory: Path,
  state: v.picklist(["kept", "removed"]),
  /** why it is kept */
  reason: v.optional(Text),
  /** the one that stays, with commits of its own */
  branch: v.optional(Word),
});
