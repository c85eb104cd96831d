import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";

export const COST_PERIODS = ["today", "week", "month"] as const;

const Spent = { tokens: Figure, cost_usd: Figure };

/** What a period cost, in dollars, by opencode's own figures. */
export const CostReport = v.object({
  period: v.picklist(COST_PERIODS),
  from: v.pipe(Time, v.description("the beginning of the first day, in UTC")),
  to: Time,
  total_tokens: Figure,
  total_cost_usd: Figure,
  by_provider: v.array(v.object({ provider: v.string(), ...Spent })),
  by_model: v.array(v.object({ provider: v.string(), model: v.string(), ...Spent })),
  by_project: v.array(v.object({ project: v.string(), ...Spent })),
  providers: v.pipe(v.array(v.string()), v.description("providers whose own bill is asked for")),
  degraded_providers: v.pipe(v.array(v.string()), v.description("those of them that do not answer")),
  note: v.pipe(v.string(), v.description("where the figures come from, and what they leave out, in one line")),
  session_count: v.pipe(Figure, v.description("sessions in which something was spent")),
  total_cost: v.pipe(Figure, v.description("the same as `total_cost_usd`, under an older name")),
  tokens_used: v.pipe(Figure, v.description("the same as `total_tokens`, under an older name")),
});
export type CostReport = v.InferOutput<typeof CostReport>;

export const costGet = operation({
  name: "cost.get",
  summary: "What today, the last 7 days or the last 30 days cost, by provider, model and project",
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
        v.description("days of UTC: `week` is the last 7 with today, `month` the last 30"),
        v.examples(["today"]),
      ),
      "today",
    ),
  }),
  output: CostReport,
});
