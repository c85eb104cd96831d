import { type BudgetAction, type BudgetPeriod, type BudgetScope, scopeText, usd } from "@hal/protocol";
import { dollars } from "@hal/words";

/** Who changed a budget, why and when. */
export interface BudgetChange {
  readonly by: string;
  readonly reason: string;
  readonly at: number;
}

/** Another limit than a budget was given, for a time. */
export interface BudgetOverride extends BudgetChange {
  /** null where there is none meanwhile */
  readonly limitMicroUsd: number | null;
  /** null until somebody takes it back */
  readonly until: number | null;
}

/** How much may be spent for something in a span of time, and what is done then. */
export interface Budget {
  readonly id: string;
  readonly scope: BudgetScope;
  readonly period: BudgetPeriod;
  /** as it was given */
  readonly givenMicroUsd: number;
  /** as it is now; null where it is lifted */
  readonly limitMicroUsd: number | null;
  /** the smallest first */
  readonly warnAt: readonly number[];
  readonly action: BudgetAction;
  readonly source: ({ readonly kind: "operation" } & BudgetChange) | { readonly kind: "file"; readonly path: string };
  readonly override: BudgetOverride | undefined;
  /** why it cannot be applied as it is */
  readonly problem: string | undefined;
}

/** The id of a budget: there is one of each scope and period. */
export function budgetId(scope: BudgetScope, period: BudgetPeriod): string {
  return `${scopeText(scope)}.${period}`;
}

const PERIODS = { day: " a day", week: " a week", month: " a month", total: "" } as const;

/** A budget in words, such as `the fleet: $50.00 a day`. */
export function budgetText({ scope, period, limitMicroUsd, givenMicroUsd }: BudgetSaid): string {
  return `${aboutText(scope)}: ${money(limitMicroUsd ?? givenMicroUsd)}${PERIODS[period]}`;
}

export type BudgetSaid = Pick<Budget, "scope" | "period" | "limitMicroUsd" | "givenMicroUsd">;

function aboutText(scope: BudgetScope): string {
  switch (scope.kind) {
    case "fleet":
      return "the fleet";
    case "project":
      return `project ${scope.project}`;
    case "node":
      return `node ${scope.node}`;
    case "session":
      return "each session";
    default:
      return scope satisfies never;
  }
}

/** Dollars as people read them: cents, and as many places more as a small sum needs. */
export function money(microUsd: number): string {
  return dollars(usd(microUsd));
}

/** A budget as an override makes it at a time. Pure. */
export function overridden(budget: Budget, override: BudgetOverride | undefined, now: number): Budget {
  if (override === undefined || (override.until !== null && override.until <= now)) return budget;
  return { ...budget, limitMicroUsd: override.limitMicroUsd, override };
}
