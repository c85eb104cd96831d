import type { Handler } from "../../operations/handler.ts";
import type { Context } from "./context.ts";
import { describeBills } from "./describe-bills.ts";
import { driftView, readDrift } from "./read-drift.ts";
import { subscriptionsByProvider } from "./subscriptions.ts";

/** So long a poll is waited for; what is not told by then is asked for all the same. */
const WAIT_MS = 10_000;

const providers: Handler<"cost.providers", Context> = (context) => describeBills(context);

const poll: Handler<"cost.poll", Context> = async (context, { provider }, { signal }) => {
  const polled = context.billPoller.askNow(provider);
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
  await Promise.race([polled, new Promise<void>((resolve) => timeout.addEventListener("abort", () => resolve()))]);
  return describeBills(context);
};

const drift: Handler<"cost.drift", Context> = async (context, { days, provider }) => {
  const known = context.billPoller.accesses.map((access) => access.provider);
  const wanted = known.filter((one) => provider === undefined || one === provider);
  const subscribed = new Set((await subscriptionsByProvider(context)).keys());
  return readDrift(context, { providers: wanted, days }, subscribed).map(driftView);
};

export const billHandlers = { "cost.providers": providers, "cost.poll": poll, "cost.drift": drift };
