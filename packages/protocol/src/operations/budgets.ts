import * as v from "valibot";
import { Figure, list, Word } from "../bounds.ts";
import { BudgetAction, BudgetPeriod, BudgetScopeText, MOST_BUDGET_USD } from "../budgets.ts";
import { IntegerText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

const Usd = v.pipe(Figure, v.description("in dollars, to the micro-dollar"));

export const BudgetView = v.object({
  id: v.pipe(v.string(), v.description("scope and period: there is one budget of each")),
  scope: v.pipe(v.string(), v.description("`fleet`, `project:P`, `node:N`, or `session`: each session by itself")),
  period: BudgetPeriod,
  action: BudgetAction,
  warn_at: v.array(Figure),
  limit_usd: v.pipe(v.nullable(Figure), v.description("as it is now; null where somebody lifted it")),
  given_usd: v.pipe(Usd, v.description("as it was given, whatever it was raised to")),
  spent_usd: v.pipe(Usd, v.description("what the ledger has in the span; of each session that of the dearest one")),
  owed_usd: v.pipe(
    v.nullable(Figure),
    v.description("what nodes may spend beyond that, or have and nobody heard of it; null where nobody knows"),
  ),
  free_usd: v.pipe(v.nullable(Figure), v.description("what no node may spend yet; null where there is no limit")),
  share: v.pipe(v.nullable(Figure), v.description("what is spent, of the limit")),
  state: v.pipe(
    v.picklist(["open", "warned", "reached", "lifted", "unknown"]),
    v.description("`unknown`: it cannot be read, and nothing begins that it concerns"),
  ),
  reason: v.pipe(v.string(), v.description("the state in one line, with the figures")),
  from: v.pipe(v.nullable(Time), v.description("when its span began; null of one that never begins anew")),
  to: v.pipe(v.nullable(Time), v.description("when it begins anew")),
  time_zone: v.string(),
  source: v.pipe(
    v.picklist(["file", "operation"]),
    v.description("`file`: in the configuration, and changed there alone; `operation`: somebody set it"),
  ),
  path: v.pipe(v.nullable(v.string()), v.description("where in the configuration it is")),
  by: v.pipe(v.nullable(v.string()), v.description("who changed it last; null where nobody did")),
  changed_at: v.nullable(Time),
  change_reason: v.pipe(v.nullable(v.string()), v.description("why, in the words of whoever did")),
  override_until: v.pipe(v.nullable(Time), v.description("until when it is raised or lifted, where that has an end")),
  is_overridden: v.pipe(v.boolean(), v.description("whether it is raised, lowered or lifted for a time")),
  nodes: v.pipe(
    v.array(
      v.object({
        node: v.string(),
        node_id: v.string(),
        spent_usd: Usd,
        owed_usd: v.pipe(v.nullable(Figure), v.description("null where nobody knows")),
        reason: v.pipe(v.string(), v.description("what it does with that")),
      }),
    ),
    v.description("who has a part of it"),
  ),
  not_enforced: v.pipe(
    v.array(v.object({ node: v.string(), reason: v.string() })),
    v.description("nodes that do not stop what runs there for it; what begins there is refused where all is spent"),
  ),
  problem: v.pipe(v.nullable(v.string()), v.description("why it cannot be applied as it is")),
});
export type BudgetView = v.InferOutput<typeof BudgetView>;

const Id = v.pipe(
  Word,
  v.minLength(1, "say which budget: its id, or a unique prefix"),
  v.description("the id of a budget, or a unique prefix"),
  v.examples(["fleet.day"]),
  refers("budget"),
);
const Reason = v.pipe(
  Word,
  v.check((text) => text.trim() !== "", "say why: it is kept, and shown to whoever wonders"),
  v.description("why, for whoever wonders; it is kept"),
);
/** Dollars as people type them: `50`, `$50` or `0.5`. */
const UsdText = v.pipe(
  v.union([
    Figure,
    v.pipe(
      Word,
      v.regex(/^\$?\d{1,9}(\.\d{1,6})?$/, "is no sum in dollars; write it as 50 or 0.25"),
      v.transform((text) => Number(text.replace("$", ""))),
    ),
  ]),
  v.minValue(0, "is below 0"),
  v.maxValue(MOST_BUDGET_USD, "is above a million dollars"),
);
/** A share as people type it. */
const ShareText = v.pipe(
  v.union([
    Figure,
    v.pipe(Word, v.regex(/^0?\.\d{1,6}$/, "is no share; write half of it as 0.5"), v.transform(Number)),
  ]),
  v.gtValue(0, "is not above 0; write half of it as 0.5"),
  v.ltValue(1, "is not below 1; write half of it as 0.5"),
);

export const budgetsList = operation({
  name: "budgets.list",
  summary: "What may be spent: budgets, how they stand, and which nodes have a part of them",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/budgets",
  input: v.object({}),
  output: v.array(BudgetView),
});

export const budgetsSet = operation({
  name: "budgets.set",
  summary: "Set a budget, or change one that was set: what may be spent in a time, and what is done then",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/budgets",
  words: ["scope", "period", "limit_usd"],
  input: v.object({
    scope: v.pipe(
      BudgetScopeText,
      v.description("`fleet`, `project:NAME`, `node:NAME`, or `session`: each session by itself"),
      v.examples(["fleet"]),
    ),
    period: v.pipe(BudgetPeriod, v.description("when it begins anew: `day`, `week` from Monday, `month`, or `total`")),
    limit_usd: v.pipe(UsdText, v.description("what may be spent, in dollars"), v.examples([50])),
    action: v.optional(
      v.pipe(
        BudgetAction,
        v.description("`alert` tells people, `refuse` lets nothing begin any more, `stop` stops what runs, too"),
      ),
      "stop",
    ),
    warn_at: v.optional(
      v.pipe(list(ShareText, 10), v.description("shares of it at which people are told, such as 0.8")),
      [0.8],
    ),
    reason: Reason,
  }),
  output: BudgetView,
  audited: { target: "scope", plain: ["period", "limit_usd", "action", "warn_at", "reason"] },
});

export const budgetsRaise = operation({
  name: "budgets.raise",
  summary: "Raise, lower or lift a budget for a time or for its span, or take that back",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/budgets/{id}/raise",
  words: ["id", "to_usd"],
  input: v.object({
    id: Id,
    to_usd: v.optional(v.pipe(UsdText, v.description("to so many dollars"), v.examples([75]))),
    by_usd: v.optional(v.pipe(UsdText, v.description("by so many dollars"))),
    lift: v.optional(v.pipe(v.boolean(), v.description("no limit meanwhile")), false),
    back: v.optional(v.pipe(v.boolean(), v.description("take back what it was raised, lowered or lifted to")), false),
    minutes: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1),
        v.maxValue(525_600),
        v.description("for so long; without it until it begins anew"),
      ),
    ),
    reason: Reason,
  }),
  output: BudgetView,
  audited: { target: "id", plain: ["to_usd", "by_usd", "lift", "back", "minutes", "reason"] },
});

export const budgetsRemove = operation({
  name: "budgets.remove",
  summary: "Take a budget away that somebody set",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/budgets/{id}/remove",
  words: ["id"],
  input: v.object({ id: Id, reason: Reason }),
  output: v.object({ id: v.string(), removed: v.string() }),
  audited: { target: "id", plain: ["reason"] },
});
