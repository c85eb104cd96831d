import { capability } from "../capability.ts";
import type { Context as BudgetsContext } from "../budgets/context.ts";
import type { Context } from "./context.ts";
import { Expiry } from "./expiry.ts";
import { interactionHandlers } from "./operations.ts";

/** Questions that wait for a person. */
export const interactions = capability<BudgetsContext, Context>()({
  name: "interactions",
  open: (_below, { used }) => ({
    answerMs: () => Math.round(used().interactions.answer_timeout_seconds * 1000),
    expiryMs() {
      const { expire_after_minutes: minutes, on_expiry: then } = used().interactions;
      return minutes === undefined || then === "wait" ? undefined : Math.round(minutes * 60_000);
    },
  }),
  handlers: interactionHandlers,
  timers: (context, { oftenMs }) => {
    const expiry = new Expiry(context);
    return [{ name: "permissions that expire", everyMs: oftenMs, work: () => expiry.denyAll() }];
  },
  liveKeys: ["interactions.answer_timeout_seconds", "interactions.expire_after_minutes", "interactions.on_expiry"],
});
