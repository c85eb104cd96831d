import type { Context as SessionsContext } from "../sessions/context.ts";

/** What interactions may use, and how long an answer waits. */
export interface Context extends SessionsContext {
  /** how long an answer may wait for its node where its giver names no deadline */
  readonly answerMs: () => number;
}
