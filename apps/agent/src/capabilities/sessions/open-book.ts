import type { Logger } from "@hal/daemon";
import type { AgentStore } from "@hal/store/agent";
import type { Context } from "../../context.ts";
import type { Placement } from "./domain/placement.ts";
import { SessionBook } from "./session-book.ts";

/** The book of all sessions, as it was left. */
export async function openBook(
  store: AgentStore,
  { places, worktrees, spending }: Pick<Context, "places" | "worktrees" | "spending">,
  log: Logger,
): Promise<SessionBook> {
  const placement: Placement = {
    projectOf: (directory) => places.projectOf(directory),
    worktreeOf: (directory) => worktrees.of(directory)?.path,
    isExternal: ({ parentId, commandId }) => parentId === undefined && commandId === undefined,
  };
  const book = new SessionBook(store, { placement, log, spending });
  await book.load();
  return book;
}
