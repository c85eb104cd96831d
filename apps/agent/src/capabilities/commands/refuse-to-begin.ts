import type { Context } from "../../context.ts";
import type { Beginning } from "../sessions/prompts-under-way.ts";

/** Throws HalError where no turn may begin: where it is held, or where no more may be spent. */
export function refuseToBegin(
  { book, holds, leases, spending }: Pick<Context, "book" | "holds" | "leases" | "spending">,
  { project, sessionId }: Beginning,
): void {
  holds.refuse(project);
  const root = sessionId === undefined ? undefined : book.rootOf(sessionId);
  leases.refuse({ project, root }, () => spending.now(root === undefined ? [] : [root]));
}
