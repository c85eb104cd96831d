import type { Context as RulesContext } from "../rules/context.ts";
import type { BudgetMetrics } from "./budget-metrics.ts";
import type { BudgetBook } from "./budget-book.ts";
import type { LeaseDesk } from "./lease-desk.ts";

/** What budgets may use, and what they have. */
export interface Context extends RulesContext {
  readonly budgets: {
    readonly book: BudgetBook;
    readonly desk: LeaseDesk;
    readonly metrics: BudgetMetrics;
    /** by whose clock spans begin */
    readonly timeZone: () => string;
  };
}
