import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { COST_PERIODS, CostKinds } from "./cost.ts";
import { IntegerText, PageCursor, Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** By what a cost may be added up. */
export const COST_DIMENSIONS = ["project", "model", "provider", "node", "day", "actor", "session"] as const;
export type CostDimension = (typeof COST_DIMENSIONS)[number];

/** So many rows one page of a report has at most. */
export const MOST_COST_ROWS = 10_000;

const Day = (description: string) =>
  v.optional(
    v.pipe(
      Word,
      v.check(isDay, "is no day; write it as 2026-11-28"),
      v.metadata({ format: "date" }),
      v.description(description),
      v.examples(["2026-11-01"]),
    ),
  );

const By = v.pipe(
  Word,
  v.check((text) => dimensionsIn(text) !== undefined, `write one or two of ${COST_DIMENSIONS.join(", ")}`),
  v.description(`one or two of ${COST_DIMENSIONS.join(", ")}, such as \`project,model\``),
  v.examples(["project,model"]),
  v.transform((text): readonly CostDimension[] => dimensionsIn(text) ?? []),
);

const known = (description: string) => v.optional(v.nullable(v.pipe(v.string(), v.description(description))));

const Figures = {
  cost_usd: v.pipe(Figure, v.description("dollars, exact to six places")),
  ...CostKinds.entries,
  tokens: v.pipe(Figure, v.description("all of them, of whichever kind")),
  input_tokens: v.pipe(Figure, v.description("without those that came from a cache")),
  output_tokens: v.pipe(Figure, v.description("without reasoning")),
  reasoning_tokens: Figure,
  cache_read_tokens: Figure,
  cache_write_tokens: Figure,
  unsplit_tokens: v.pipe(Figure, v.description("of a kind that is not known: an earlier version kept their sum alone")),
};

/** What messages came to, and how that is known. */
export const CostFigures = v.object(Figures);
export type CostFigures = v.InferOutput<typeof CostFigures>;

/** One row of a report: the dimensions that it is by, those that are not known null, and what was spent. */
export const CostRow = v.object({
  project: known("its name"),
  model: known("as its provider names it, after `provider/`"),
  provider: known("as opencode names it"),
  node_id: known("present where it is by node"),
  node: known("the node's name"),
  day: known("by the clock of `time_zone`"),
  actor: known("who gave the prompt; null of one that was given in opencode itself"),
  session: known("the root session, with all below it"),
  ...Figures,
});
export type CostRow = v.InferOutput<typeof CostRow>;

export const CostTable = v.object({
  by: v.array(v.picklist(COST_DIMENSIONS)),
  from: v.pipe(Time, v.description("the beginning of the first day")),
  to: v.pipe(Time, v.description("the end of the last day")),
  first_day: v.string(),
  last_day: v.string(),
  time_zone: v.pipe(v.string(), v.description("whose days are meant: `cost.time_zone`")),
  total: v.pipe(CostFigures, v.description("of all rows, also of those on other pages")),
  row_count: v.pipe(Figure, v.description("how many rows there are on all pages")),
  rows: v.pipe(v.array(CostRow), v.description("the most expensive first; by day, in the order of the days")),
  next: v.pipe(v.nullable(v.string()), v.description("the `cursor` of the next page; null at the end")),
  note: v.pipe(v.string(), v.description("how the figures are known, in one line")),
});
export type CostTable = v.InferOutput<typeof CostTable>;

export const costReport = operation({
  name: "cost.report",
  summary: "What some days cost, by one or two of project, model, provider, node, day, actor and session",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/cost/report",
  table: "rows",
  words: ["period"],
  input: v.object({
    period: v.optional(
      v.pipe(
        v.picklist(COST_PERIODS),
        v.description("`week` is the last 7 days with today, `month` the last 30; not with `from` and `to`"),
        v.examples(["month"]),
      ),
    ),
    from: Day("the first day, as 2026-11-01, by the clock of `cost.time_zone`"),
    to: Day("the last day; today without it"),
    by: v.optional(By, "project,model"),
    cursor: v.optional(v.pipe(PageCursor.wrapped, v.description("the next page: `next` of the page before"))),
    limit: v.optional(
      v.pipe(
        v.fallback(v.pipe(IntegerText, v.minValue(1)), 100),
        v.metadata({ maximum: MOST_COST_ROWS }),
        v.description(`most rows, 1 to ${MOST_COST_ROWS}`),
        v.transform((rows) => Math.min(rows, MOST_COST_ROWS)),
      ),
      100,
    ),
  }),
  output: CostTable,
});

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return at >= 0 && new Date(at).toISOString().startsWith(text);
}

function dimensionsIn(text: string): CostDimension[] | undefined {
  const named = text.split(",").map((name) => name.trim());
  const isWell = named.length <= 2 && new Set(named).size === named.length;
  const all = named.flatMap((name) => COST_DIMENSIONS.filter((one) => one === name));
  return isWell && all.length === named.length ? all : undefined;
}
