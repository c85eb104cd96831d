import { usd } from "@hal/protocol";
import type { ConfigKey } from "../../config.ts";
import { capability } from "../capability.ts";
import type { Context as RulesContext } from "../rules/context.ts";
import { BudgetGuard } from "./begin-guard.ts";
import { pricesOf } from "../ledger/section.ts";
import { BudgetBook } from "./budget-book.ts";
import { BudgetMetrics } from "./budget-metrics.ts";
import { watchBudgets } from "./budget-watch.ts";
import type { Context } from "./context.ts";
import { LeaseDesk } from "./lease-desk.ts";
import { ClockJumps } from "./clock-jumps.ts";
import { budgetHandlers } from "./operations.ts";
import { countedStanding } from "./views.ts";

const LIVE_KEYS: readonly ConfigKey[] = [
  "budgets",
  "cost.lease_seconds",
  "policies.kill_on_cost",
  "policies.kill_on_cost.enabled",
  "policies.kill_on_cost.session_usd",
  "policies.kill_on_cost.daily_limit_usd",
];

/** Budgets: what may be spent, by whom, and what is done where that is over. */
export const budgets = capability<RulesContext, Context>()({
  name: "budgets",
  async open(below, { used, closers }) {
    const book = new BudgetBook(below.store, used);
    await book.refresh();
    const timeZone = (): string => used().cost.time_zone;
    const desk = await LeaseDesk.open(below, book, {
      validMs: () => used().cost.lease_seconds * 1_000,
      timeZone,
      prices: () => pricesOf(used().cost.prices),
    });
    closers.add("budgets", () => desk[Symbol.asyncDispose]());
    const metrics = new BudgetMetrics(below.metrics.registry, () =>
      desk.spending.counted.map(({ budget, spent }) => {
        const { spentMicroUsd } = countedStanding({ budget, spent }, new Map());
        const { scope, period, limitMicroUsd } = budget;
        const remainingUsd = limitMicroUsd === null ? undefined : usd(Math.max(0, limitMicroUsd - spentMicroUsd));
        return { scope: scope.kind, period, spentUsd: usd(spentMicroUsd), remainingUsd };
      }),
    );
    below.beginGate.guardBy(new BudgetGuard(below, desk, metrics, timeZone));
    await desk.lookNow();
    return { budgets: { book, desk, metrics, timeZone } };
  },
  handlers: budgetHandlers,
  onAppended({ budgets: { desk, metrics } }, { counts }) {
    metrics.stopped(counts["budget.stopped"] ?? 0);
    if (counts["session.message"] !== undefined || counts["node.removed"] !== undefined) desk.wake();
  },
  timers: (context, { oftenMs }) => [
    { name: "clock of budgets", everyMs: oftenMs, beat: beatOf(new ClockJumps(context.clock, context.log)) },
    {
      name: "budgets",
      everyMs: oftenMs,
      work: async () => {
        const { desk } = context.budgets;
        await desk.lookNow();
        await watchBudgets(context, desk.spending.counted);
      },
    },
    { name: "leases", everyMs: oftenMs, beat: () => context.budgets.desk.passSilent() },
  ],
  liveKeys: LIVE_KEYS,
  async reload({ budgets: { desk } }, { changed }) {
    if (changed.some((key) => LIVE_KEYS.some((live) => live === key))) await desk.lookNow();
  },
});

function beatOf(jumps: ClockJumps): () => void {
  return () => jumps.look();
}
