import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** What a span of time will have cost at its end, as far as the fleet's own history tells. */
export const CostBand = v.object({
  from: Time,
  to: v.pipe(Time, v.description("its end")),
  spent_usd: v.pipe(Figure, v.description("so far")),
  low_usd: v.pipe(v.nullable(Figure), v.description("one span in ten stays below; null while it is `cold`")),
  likely_usd: v.pipe(v.nullable(Figure), v.description("as often more as less; null while it is `cold`")),
  high_usd: v.pipe(v.nullable(Figure), v.description("one span in ten goes above; null while it is `cold`")),
  reaches_at: v.pipe(
    v.nullable(Time),
    v.description("when `limit_usd` is likely reached; null where it likely is not within the span, or nobody can say"),
  ),
});
export type CostBand = v.InferOutput<typeof CostBand>;

export const CostForecast = v.object({
  time_zone: v.string(),
  state: v.picklist(["cold", "warm"]),
  reason: v.pipe(v.string(), v.description("what it stands on, or why there is none yet")),
  history_days: v.pipe(
    Figure,
    v.description("days before today in which something was spent, of those that are looked at"),
  ),
  day: v.pipe(CostBand, v.description("today, by the clock of `time_zone`")),
  month: v.pipe(CostBand, v.description("the month of the calendar, by the same clock")),
});
export type CostForecast = v.InferOutput<typeof CostForecast>;

export const costForecast = operation({
  name: "cost.forecast",
  summary: "What today and this month will have cost, as a band, from what the fleet spent in the weeks before",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/cost/forecast",
  input: v.object({
    limit_usd: v.optional(
      v.pipe(
        Word,
        v.regex(/^\d{1,9}(\.\d{1,6})?$/, "is no sum; write dollars, such as 50 or 0.25"),
        v.description("say, too, when that much will have been spent, in dollars"),
        v.examples(["50"]),
        v.transform(Number),
      ),
    ),
  }),
  output: CostForecast,
});
