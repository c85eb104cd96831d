import { capability } from "../capability.ts";
import type { Context as SessionsContext } from "../sessions/context.ts";
import type { Context } from "./context.ts";
import { interactionHandlers } from "./operations.ts";

/** Questions that wait for a person. */
export const interactions = capability<SessionsContext, Context>()({
  name: "interactions",
  open: (_below, { used }) => ({
    answerMs: () => Math.round(used().interactions.answer_timeout_seconds * 1000),
  }),
  handlers: interactionHandlers,
  liveKeys: ["interactions.answer_timeout_seconds"],
});
