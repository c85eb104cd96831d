import { described } from "@hal/daemon";
import {
  BudgetAction,
  BudgetPeriod,
  BudgetScopeText,
  BudgetUsd,
  MOST_BUDGETS,
  WarnAt,
  budgetScope,
  scopeText,
} from "@hal/protocol";
import * as v from "valibot";
import { Positive, Switch } from "../../setting-values.ts";

const Budget = v.strictObject({
  scope: described(BudgetScopeText, "`fleet`, `project:NAME`, `node:NAME`, or `session` for each session by itself"),
  period: described(BudgetPeriod, "when it begins anew: `day`, `week` from Monday on, `month`, or `total` for never"),
  limit_usd: described(BudgetUsd, "what may be spent, in dollars"),
  warn_at: v.optional(described(WarnAt, "the shares of it at which people are told, such as `[0.5, 0.8]`"), [0.8]),
  action: v.optional(
    described(
      BudgetAction,
      "where all is spent `alert` tells people, `refuse` lets nothing begin any more, `stop` stops what runs, too",
    ),
    "stop",
  ),
});

/** The budgets that there are whatever anybody sets. */
export const BudgetsSection = v.pipe(
  v.array(Budget, "must be a list"),
  v.maxLength(MOST_BUDGETS, `has more than ${MOST_BUDGETS} budgets`),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const seen = new Map<string, number>();
    for (const [index, { scope, period }] of dataset.value.entries()) {
      const parsed = budgetScope(scope);
      const key = `${parsed === undefined ? scope : scopeText(parsed)}.${period}`;
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, index);
        continue;
      }
      addIssue({
        message: `has the scope and period of budgets.${first}, too: there is one budget of each`,
        path: [
          { type: "array", origin: "value", input: dataset.value, key: index, value: dataset.value[index] },
          { type: "object", origin: "value", input: dataset.value[index] as never, key: "scope", value: scope },
        ],
      });
    }
  }),
);

/** Two budgets by another name. */
export const KillOnCostSection = v.object({
  enabled: v.optional(described(Switch, "whether it acts"), false),
  session_usd: v.optional(described(BudgetUsd, "what each session may cost; then it is stopped")),
  daily_limit_usd: v.optional(described(BudgetUsd, "what may be spent on a day; then everything is stopped")),
});

/** An older shape of it, which acts where it is written. */
export const OldKillOnCostSection = v.object({
  enabled: v.optional(described(Switch, "whether it acts; off where nothing is said"), false),
  daily_limit_usd: v.optional(described(BudgetUsd, "now `policies.kill_on_cost.daily_limit_usd`")),
});

/** Of the section `cost`. */
export const COST_LEASE_SECONDS = v.optional(
  described(
    v.pipe(Positive, v.minValue(15, "is below 15")),
    "how long a node that does not hear the supervisor may begin work by what it was told to spend; what runs goes on",
  ),
  900,
);
