import * as v from "valibot";

/** Where a session works, and who else works on the same branch. */
export const SESSION_PLACE = {
  shared: v.optional(
    v.pipe(
      v.array(
        v.object({
          node_id: v.string(),
          node: v.string(),
          session_id: v.string(),
          remote: v.string(),
          branch: v.string(),
        }),
      ),
      v.description(
        "sessions on other nodes that are active on the same branch of the same remote repository, while it is active",
      ),
    ),
    [],
  ),
  worktree: v.optional(
    v.pipe(
      v.nullable(
        v.object({
          directory: v.string(),
          state: v.picklist(["in_use", "kept", "removed"]),
          reason: v.pipe(v.nullable(v.string()), v.description("why it is kept although the session has ended")),
          branch: v.pipe(
            v.nullable(v.string()),
            v.description("the branch that has its commits, once the session has ended"),
          ),
        }),
      ),
      v.description("the git worktree of its own in which it works; null where it works in the project's directory"),
    ),
    null,
  ),
};
