import { BUDGET_PERIODS, type BudgetPeriod, type BudgetScope } from "@hal/protocol";
import { Counter, Gauge, type Registry } from "prom-client";

/** How one budget stands, for whoever scrapes. */
export interface ScrapedBudget {
  readonly scope: BudgetScope["kind"];
  readonly period: BudgetPeriod;
  readonly spentUsd: number;
  /** undefined where it is lifted */
  readonly remainingUsd: number | undefined;
}

const SCOPES: readonly BudgetScope["kind"][] = ["fleet", "project", "node", "session"];

/** What was refused and stopped for budgets, and how the one of each scope and period stands that has least left. */
export class BudgetMetrics {
  readonly #refused: Counter;
  readonly #stopped: Counter;

  constructor(registry: Registry, scrape: () => readonly ScrapedBudget[]) {
    const registers = [registry];
    this.#refused = new Counter({
      name: "hal_o_swarm_budget_refusals_total",
      help: "What was not begun since a budget is spent, since the supervisor started",
      registers,
    });
    this.#stopped = new Counter({
      name: "hal_o_swarm_budget_stops_total",
      help: "Sessions that agents stopped since a budget is spent, since the supervisor started",
      registers,
    });
    const labelNames = ["scope", "period"] as const;
    const spent: Gauge<"scope" | "period"> = new Gauge({
      name: "hal_o_swarm_budget_spent_usd",
      help: "What is spent in its span of the budget of a scope and period that has least left, in dollars",
      labelNames,
      registers,
      collect: () => {
        for (const { labels, found } of leastLeft(scrape())) spent.set(labels, found?.spentUsd ?? 0);
      },
    });
    const remaining: Gauge<"scope" | "period"> = new Gauge({
      name: "hal_o_swarm_budget_remaining_usd",
      help: "What is left of it, in dollars; +Inf where there is no such budget, or it is lifted",
      labelNames,
      registers,
      collect: () => {
        for (const { labels, found } of leastLeft(scrape())) remaining.set(labels, found?.remainingUsd ?? Infinity);
      },
    });
  }

  refused(): void {
    this.#refused.inc();
  }

  stopped(count: number): void {
    this.#stopped.inc(count);
  }
}

/** Of each scope and period the budget that has least left: names of projects and nodes are no labels. */
function leastLeft(budgets: readonly ScrapedBudget[]) {
  return SCOPES.flatMap((scope) =>
    BUDGET_PERIODS.map((period) => {
      const [found] = budgets
        .filter((budget) => budget.scope === scope && budget.period === period)
        .toSorted((one, other) => (one.remainingUsd ?? Infinity) - (other.remainingUsd ?? Infinity));
      return { labels: { scope, period }, found };
    }),
  );
}
