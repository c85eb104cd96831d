import { capability } from "../capability.ts";
import type { Context as LedgerContext } from "../ledger/context.ts";
import { BillMetrics } from "./bill-metrics.ts";
import { BillPoller } from "./bill-poller.ts";
import type { Context } from "./context.ts";
import { billsBeside } from "./describe-bills.ts";
import { billGauges } from "./gauges.ts";
import { billHandlers } from "./operations.ts";
import { tellDrift } from "./read-drift.ts";
import { subscriptionsByProvider } from "./subscriptions.ts";

/** What providers say is to be paid, beside the ledger. */
export const bills = capability<LedgerContext, Context>()({
  name: "bills",
  open(below, { askForBills, used, closers }) {
    const billPoller = new BillPoller({
      ...below,
      used,
      ask: askForBills,
      metrics: new BillMetrics(below.metrics.registry),
      onTold: async (provider) => tellDrift(below, provider, new Set((await subscriptionsByProvider(below)).keys())),
    });
    closers.add("bills", () => billPoller[Symbol.asyncDispose]());
    below.costBeside.sayBy((span) => billsBeside({ ...below, billPoller }, span));
    return { billPoller };
  },
  handlers: billHandlers,
  gauges: billGauges,
  timers: (context, { oftenMs }) => [{ name: "bills", everyMs: oftenMs, beat: () => context.billPoller.beat() }],
  liveKeys: ["cost.poll_interval_minutes", "cost.providers"],
  reload({ billPoller }, { changed }) {
    if (changed.some((key) => key.startsWith("cost.p"))) billPoller.beat();
  },
});
