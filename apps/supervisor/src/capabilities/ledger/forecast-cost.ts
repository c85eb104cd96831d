import { type CostForecast, microUsd, usd } from "@hal/protocol";
import { ledgerSums, type LedgerScope, type LedgerSpan, spentByQuarters } from "@hal/store/supervisor";
import { dayAt, firstOfMonth, firstOfNextMonth, startOfDay } from "../../domain/days.ts";
import { time } from "../../domain/time.ts";
import type { Context } from "./context.ts";
import { type Band, type Course, forecast, type ForecastFacts, HISTORY_DAYS, reaches } from "./domain/forecast.ts";

/** What a forecast may use. */
type Forecasting = Pick<Context, "store" | "clock" | "costZone">;

/** Days of a zone, today among them: from the first to before the one behind the last. */
export interface ForecastSpan {
  readonly fromDay: number;
  readonly toDay: number;
}

/** What today and this month will have cost. */
export async function forecastCost(context: Forecasting, limitUsd: number | undefined): Promise<CostForecast> {
  const timeZone = context.costZone();
  const today = dayAt(timeZone, context.clock.now());
  const month = { fromDay: firstOfMonth(today), toDay: firstOfNextMonth(today) };
  const facts = await factsOf(context, month);
  const made = forecast(facts);
  const day = { fromDay: today, toDay: today + 1 };
  const reached = (span: ForecastSpan): Promise<number | undefined> =>
    limitUsd === undefined ? Promise.resolve(undefined) : reachesAt(context, microUsd(limitUsd), { span });
  const [inDay, inMonth] = await Promise.all([reached(day), reached(month)]);
  const bandOf = (
    { fromDay, toDay }: ForecastSpan,
    { spent, band, at }: { spent: number; band: Band | undefined; at: number | undefined },
  ) => ({
    from: time(startOfDay(timeZone, fromDay)),
    to: time(startOfDay(timeZone, toDay)),
    spent_usd: usd(spent / 1_000),
    low_usd: band === undefined ? null : usd(band.low / 1_000),
    likely_usd: band === undefined ? null : usd(band.likely / 1_000),
    high_usd: band === undefined ? null : usd(band.high / 1_000),
    reaches_at: at === undefined ? null : time(at),
  });
  const isWarm = made.kind === "warm";
  return {
    time_zone: timeZone,
    state: made.kind,
    reason: made.reason,
    history_days: made.days,
    day: bandOf(day, { spent: facts.spentToday, band: isWarm ? made.today : undefined, at: inDay }),
    month: bandOf(month, { spent: facts.spentInSpan, band: isWarm ? made.span : undefined, at: inMonth }),
  };
}

/** When what was spent there in a span has likely come to a limit; undefined where it likely does not, or nobody can say. */
export async function reachesAt(
  context: Forecasting,
  limitMicroUsd: number,
  { span, only }: { readonly span: ForecastSpan; readonly only?: LedgerScope | undefined },
): Promise<number | undefined> {
  const { clock, costZone } = context;
  const reached = reaches(limitMicroUsd * 1_000, await factsOf(context, span, only));
  if (reached === undefined) return undefined;
  const day = dayAt(costZone(), clock.now()) + reached.day;
  return Math.min(startOfDay(costZone(), day) + reached.sinceMs, startOfDay(costZone(), day + 1));
}

async function factsOf(
  { store, clock, costZone }: Forecasting,
  { fromDay, toDay }: ForecastSpan,
  only: LedgerScope = {},
): Promise<ForecastFacts> {
  const [timeZone, now] = [costZone(), clock.now()];
  const today = dayAt(timeZone, now);
  const since = (day: number): LedgerSpan => ({ from: startOfDay(timeZone, day), fromDay: day });
  const firstDay = today - HISTORY_DAYS;
  const begins = Array.from({ length: HISTORY_DAYS + 1 }, (_, index) => startOfDay(timeZone, firstDay + index));
  const quarters = await spentByQuarters(store, { from: begins[0] ?? 0, to: startOfDay(timeZone, today) }, only);
  const courses = begins
    .slice(0, -1)
    .map((begin, index): Course =>
      quarters
        .filter(({ at }) => at >= begin && at < (begins[index + 1] ?? 0))
        .map(({ at, costNanoUsd }) => ({ sinceMs: at - begin, costNanoUsd })),
    );
  const first = courses.findIndex((course) => course.length > 0);
  const [[spentToday], [spentInSpan]] = await Promise.all([
    ledgerSums(store, since(today), [], only),
    ledgerSums(store, since(fromDay), [], only),
  ]);
  return {
    history: first === -1 ? [] : courses.slice(first),
    elapsedMs: now - startOfDay(timeZone, today),
    spentToday: spentToday?.costNanoUsd ?? 0,
    spentInSpan: spentInSpan?.costNanoUsd ?? 0,
    daysLeft: toDay - today - 1,
  };
}
