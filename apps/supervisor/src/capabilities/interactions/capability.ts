import { capability } from "../capability.ts";
import type { Context as RulesContext } from "../rules/context.ts";
import type { Context } from "./context.ts";
import { interactionHandlers } from "./operations.ts";

/** Questions that wait for a person. */
export const interactions = capability<RulesContext, Context>()({
  name: "interactions",
  open: (_below, { used }) => ({
    answerMs: () => Math.round(used().interactions.answer_timeout_seconds * 1000),
  }),
  handlers: interactionHandlers,
  liveKeys: ["interactions.answer_timeout_seconds"],
});
