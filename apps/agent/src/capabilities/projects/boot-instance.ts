import type { Context } from "../../context.ts";

/**
 * Has opencode bring up everything that a turn in a session's directory needs. An abort that comes in the middle of
 * that would leave opencode unable to do anything there until it is started anew (opencode 1.18).
 */
export async function bootInstance(context: Context, sessionId: string): Promise<void> {
  const directory = context.book.get(sessionId)?.saved.directory;
  if (directory !== undefined) await context.opencode.api().boot(context.places.real(directory));
}
