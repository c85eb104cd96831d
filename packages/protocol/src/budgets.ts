import * as v from "valibot";
import { MicroUsd } from "./bounds.ts";

/** So many budgets there are at most, the file's among them. */
export const MOST_BUDGETS = 100;

/** When a budget begins anew: each day, each week from Monday on, each month, or never. */
export const BUDGET_PERIODS = ["day", "week", "month", "total"] as const;
export const BudgetPeriod = v.picklist(BUDGET_PERIODS, `must be ${BUDGET_PERIODS.join(", ")}`);
export type BudgetPeriod = v.InferOutput<typeof BudgetPeriod>;

/** What is done where all of it is spent: somebody is told, nothing begins any more, or what runs is stopped, too. */
export const BUDGET_ACTIONS = ["alert", "refuse", "stop"] as const;
export const BudgetAction = v.picklist(BUDGET_ACTIONS, `must be ${BUDGET_ACTIONS.join(", ")}`);
export type BudgetAction = v.InferOutput<typeof BudgetAction>;

/** What a budget is about: everything, a project, a node, or each root session by itself. */
export type BudgetScope =
  | { readonly kind: "fleet" }
  | { readonly kind: "project"; readonly project: string }
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "session" };

const NAME_CHARS = 128;

/** What a scope is as people write it; undefined where that is none. */
export function budgetScope(text: string): BudgetScope | undefined {
  if (text === "fleet" || text === "session") return { kind: text };
  const [kind, ...rest] = text.split(":");
  const name = rest.join(":");
  // nothing that a person could not see where the budget is shown
  if (name === "" || name.length > NAME_CHARS || name.trim() !== name || /[\p{C}\p{Zl}\p{Zp}]/u.test(name))
    return undefined;
  if (kind === "project") return { kind, project: name };
  return kind === "node" ? { kind, node: name } : undefined;
}

/** The scope as it is written. */
export function scopeText(scope: BudgetScope): string {
  if (scope.kind === "project") return `project:${scope.project}`;
  return scope.kind === "node" ? `node:${scope.node}` : scope.kind;
}

export const BudgetScopeText = v.pipe(
  v.string("must be text"),
  v.maxLength(1024, "is longer than 1024 characters"),
  v.check(
    (text) => budgetScope(text) !== undefined,
    "is no scope; write fleet, project:NAME, node:NAME, or session for each session by itself",
  ),
);

/** No budget is above it: more is a slip. */
export const MOST_BUDGET_USD = 1_000_000;

/** Dollars as people give them, to the micro-dollar. */
export const BudgetUsd = v.pipe(
  v.number("must be a number"),
  v.minValue(0, "is below 0"),
  v.maxValue(MOST_BUDGET_USD, "is above a million dollars"),
);

/** Shares of a limit, the smallest first. */
export const WarnAt = v.pipe(
  v.array(
    v.pipe(
      v.number("must be a number"),
      v.gtValue(0, "is not above 0; write half of it as 0.5"),
      v.ltValue(1, "is not below 1; write half of it as 0.5"),
    ),
    "must be a list",
  ),
  v.maxLength(10, "has more than 10 shares"),
);

/** How a budget stands, as it travels in `over_budget`. */
export const OverBudget = v.object({
  budget_id: v.string(),
  budget: v.string(),
  spent_micro_usd: MicroUsd,
  limit_micro_usd: MicroUsd,
});
