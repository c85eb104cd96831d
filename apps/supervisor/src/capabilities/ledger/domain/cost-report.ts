import { type COST_PERIODS, type CostReport, usd } from "@hal/protocol";

const DAY_MS = 86_400_000;

const DAYS: Readonly<Record<(typeof COST_PERIODS)[number], number>> = { today: 1, week: 7, month: 30 };

/** When a period begins: days are those of UTC, and today is one of them. */
export function periodStart(period: CostReport["period"], now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - (DAYS[period] - 1) * DAY_MS;
}

/** What one project spent with one model. */
export interface Expense {
  readonly project: string;
  readonly model: string | null;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

interface Sum {
  costMicroUsd: number;
  tokens: number;
}

/** What a report is about. */
export interface CostSpan {
  readonly period: CostReport["period"];
  /** ISO 8601 */
  readonly from: string;
  readonly to: string;
  /** how many sessions spent something */
  readonly sessions: number;
}

/** Adds up expenses, one after the other. */
export class CostSums {
  readonly #total: Sum = { costMicroUsd: 0, tokens: 0 };
  readonly #providers = new Map<string, Sum>();
  readonly #models = new Map<string, Sum>();
  readonly #projects = new Map<string, Sum>();

  add(expense: Expense): void {
    if (expense.costMicroUsd === 0 && expense.tokens === 0) return;
    const model = expense.model ?? "unknown/unknown";
    for (const sum of [
      this.#total,
      sumAt(this.#providers, providerOf(model)),
      sumAt(this.#models, model),
      sumAt(this.#projects, expense.project),
    ]) {
      sum.costMicroUsd += expense.costMicroUsd;
      sum.tokens += expense.tokens;
    }
  }

  report({ period, from, to, sessions }: CostSpan): CostReport {
    const { costMicroUsd, tokens } = this.#total;
    const cost = usd(costMicroUsd);
    return {
      period,
      from,
      to,
      total_tokens: tokens,
      total_cost_usd: cost,
      by_provider: rowsOf(this.#providers, (provider) => ({ provider })),
      by_model: rowsOf(this.#models, (model) => ({
        provider: providerOf(model),
        model: model.slice(providerOf(model).length + 1),
      })),
      by_project: rowsOf(this.#projects, (project) => ({ project })),
      providers: [],
      degraded_providers: [],
      note: "no cost provider is configured: these are opencode's own figures",
      session_count: sessions,
      total_cost: cost,
      tokens_used: tokens,
    };
  }
}

function providerOf(model: string): string {
  return model.split("/", 1)[0] ?? model;
}

function sumAt(sums: Map<string, Sum>, key: string): Sum {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum = { costMicroUsd: 0, tokens: 0 };
  sums.set(key, sum);
  return sum;
}

/** The most expensive first. */
function rowsOf<T>(
  sums: ReadonlyMap<string, Sum>,
  nameOf: (key: string) => T,
): (T & { tokens: number; cost_usd: number })[] {
  return [...sums]
    .toSorted(([a, x], [b, y]) => y.costMicroUsd - x.costMicroUsd || y.tokens - x.tokens || (a < b ? -1 : 1))
    .map(([key, { costMicroUsd, tokens }]) => ({ ...nameOf(key), tokens, cost_usd: usd(costMicroUsd) }));
}
