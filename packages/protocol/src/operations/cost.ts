import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";

export const COST_PERIODS = ["today", "week", "month"] as const;

const Spent = { tokens: Figure, cost_usd: Figure };

/** How a sum is known: what opencode says, what is estimated, and what nobody knows. */
export const CostKinds = v.object({
  opencode_usd: v.pipe(Figure, v.description("opencode's own figures")),
  estimated_usd: v.pipe(Figure, v.description("estimated from tokens by `cost.prices`, where opencode knows no cost")),
  unpriced_tokens: v.pipe(Figure, v.description("tokens without a cost and without a price: no sum has them")),
});
export type CostKinds = v.InferOutput<typeof CostKinds>;

/** What a period cost, in dollars: by opencode's own figures, and estimated where it has none. */
export const CostReport = v.object({
  period: v.picklist(COST_PERIODS),
  from: v.pipe(Time, v.description("the beginning of the first day, by the clock of `time_zone`")),
  to: Time,
  time_zone: v.pipe(v.optional(v.string(), "UTC"), v.description("whose days are meant: `cost.time_zone`")),
  total_tokens: Figure,
  total_cost_usd: Figure,
  by_provider: v.array(v.object({ provider: v.string(), ...Spent })),
  by_model: v.array(v.object({ provider: v.string(), model: v.string(), ...Spent })),
  by_project: v.array(v.object({ project: v.string(), ...Spent })),
  by_node: v.pipe(
    v.optional(v.array(v.object({ node_id: v.nullable(v.string()), node: v.nullable(v.string()), ...Spent })), []),
    v.description("null where it is not known"),
  ),
  by_actor: v.pipe(
    v.optional(v.array(v.object({ actor: v.nullable(v.string()), ...Spent })), []),
    v.description("who gave the prompt; null where it is not known, such as of one that was given in opencode itself"),
  ),
  kinds: v.optional(CostKinds),
  providers: v.pipe(v.array(v.string()), v.description("providers whose own bill is asked for")),
  degraded_providers: v.pipe(v.array(v.string()), v.description("those of them that do not answer")),
  bills: v.pipe(
    v.optional(
      v.array(
        v.object({
          provider: v.string(),
          billed_usd: v.pipe(
            v.nullable(Figure),
            v.description("of the days of UTC that the period touches; null where it told none of them"),
          ),
          as_of: v.nullable(Time),
          stale: v.pipe(v.boolean(), v.description("it is from earlier: the provider does not answer")),
        }),
      ),
      [],
    ),
    v.description("what providers themselves bill; no other sum here has it"),
  ),
  note: v.pipe(v.string(), v.description("where the figures come from, and what they leave out, in one line")),
  session_count: v.pipe(Figure, v.description("sessions in which something was spent")),
  total_cost: v.pipe(Figure, v.description("the same as `total_cost_usd`, under an older name")),
  tokens_used: v.pipe(Figure, v.description("the same as `total_tokens`, under an older name")),
});
export type CostReport = v.InferOutput<typeof CostReport>;

export const costGet = operation({
  name: "cost.get",
  summary: "What today, the last 7 days or the last 30 days cost, by provider, model, project, node and actor",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/cost/{period}",
  aliases: ["/cost"],
  words: ["period"],
  input: v.object({
    period: v.optional(
      v.pipe(
        v.picklist(COST_PERIODS),
        v.description("days of `cost.time_zone`: `week` is the last 7 with today, `month` the last 30"),
        v.examples(["today"]),
      ),
      "today",
    ),
  }),
  output: CostReport,
});
