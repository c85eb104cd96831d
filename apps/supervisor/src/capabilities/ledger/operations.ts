import { type CostDimension, type CostKinds, HalError } from "@hal/protocol";
import { allNodes, countSpentSince, ledgerSums } from "@hal/store/supervisor";
import { costKindsText } from "@hal/words";
import { dayAt, dayOfText, dayText, startOfDay } from "../../domain/days.ts";
import { time } from "../../domain/time.ts";
import type { Handler } from "../../operations/handler.ts";
import type { Context } from "./context.ts";
import { forecastCost } from "./forecast-cost.ts";
import { type CostDays, type CostPeriod, daysOf, eachDay, spanOf } from "./domain/cost-days.ts";
import { figuresOf, kindsOf, NOTHING_SPENT, plus } from "./domain/cost-figures.ts";
import { costReport } from "./domain/cost-report.ts";
import { askedFor, costRows, type DaySums } from "./domain/cost-table.ts";

/** So many days a report looks at, at most: ten years. */
const MOST_DAYS = 3_660;

const get: Handler<"cost.get", Context> = async (context, { period }) => {
  const { store, clock, costZone, costBeside } = context;
  const now = clock.now();
  const timeZone = costZone();
  const days = daysOf(period, { timeZone, now });
  const span = spanOf(days);
  const [byProjectAndModel, byNode, byActor, sessions] = await Promise.all([
    ledgerSums(store, span, ["project", "model"]),
    ledgerSums(store, span, ["node"]),
    ledgerSums(store, span, ["actor"]),
    countSpentSince(store, span.from),
  ]);
  const about = { period, from: time(span.from), to: time(now), time_zone: timeZone };
  const beside = costBeside.of({ from: span.from, to: now });
  return costReport(about, { byProjectAndModel, byNode, byActor, sessions, names: await namesOf(context), beside });
};

const report: Handler<"cost.report", Context> = async (context, { by, cursor, limit, ...asked }) => {
  const days = daysAsked(context, asked);
  const sums = await sumsOf(context, by.includes("day") ? eachDay(days) : [days], by);
  const rows = costRows(sums, { by, names: await namesOf(context) });
  const total = sums.flatMap((one) => one.sums).reduce(plus, NOTHING_SPENT);
  const from = placeIn(cursor);
  const { timeZone, firstDay, lastDay } = days;
  return {
    by: [...by],
    from: time(startOfDay(timeZone, firstDay)),
    to: time(startOfDay(timeZone, lastDay + 1)),
    first_day: dayText(firstDay),
    last_day: dayText(lastDay),
    time_zone: timeZone,
    total: figuresOf(total),
    row_count: rows.length,
    rows: rows.slice(from, from + limit),
    next: rows.length > from + limit ? String(from + limit) : null,
    note: noteOf(kindsOf(total)),
  };
};

function noteOf(kinds: CostKinds): string {
  const further = costKindsText(kinds);
  return further === "" ? "opencode's own figures" : `opencode's own figures; ${further}`;
}

async function sumsOf(
  { store }: Context,
  parts: readonly CostDays[],
  by: readonly CostDimension[],
): Promise<DaySums[]> {
  const asked = askedFor(by);
  const all: DaySums[] = [];
  for (const days of parts) all.push({ day: days.firstDay, sums: await ledgerSums(store, spanOf(days), asked) });
  return all;
}

interface AskedDays {
  readonly period?: CostPeriod | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The days that are asked for: a period, or from one day to another; today where nothing is said. */
function daysAsked({ clock, costZone }: Context, { period, from, to }: AskedDays): CostDays {
  const about = { timeZone: costZone(), now: clock.now() };
  if (period !== undefined && (from !== undefined || to !== undefined))
    throw new HalError("bad_request", "say a period, or from and to, not both");
  if (from === undefined && to === undefined) return daysOf(period ?? "today", about);
  const today = dayAt(about.timeZone, about.now);
  const lastDay = dayOfText(to ?? "") ?? today;
  const firstDay = dayOfText(from ?? "") ?? lastDay;
  if (firstDay > lastDay) throw new HalError("bad_request", `from: ${dayText(firstDay)} is behind ${dayText(lastDay)}`);
  if (lastDay - firstDay >= MOST_DAYS)
    throw new HalError("bad_request", `from: a report has ${MOST_DAYS} days at most; ask for fewer`);
  return { timeZone: about.timeZone, firstDay, lastDay, today };
}

function placeIn(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new HalError("bad_request", "not a cursor of this report; use `next` of a page before");
}

/** What nodes are called, by id. */
async function namesOf({ store }: Context): Promise<ReadonlyMap<string, string>> {
  return new Map((await allNodes(store)).map(({ id, name }) => [id, name]));
}

const forecast: Handler<"cost.forecast", Context> = (context, { limit_usd: limit }) => forecastCost(context, limit);

export const costHandlers = { "cost.get": get, "cost.report": report, "cost.forecast": forecast };
