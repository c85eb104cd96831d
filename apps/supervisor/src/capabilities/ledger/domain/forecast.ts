/** So many days before today are looked at. */
export const HISTORY_DAYS = 28;
/** In fewer of them nothing can be seen. */
const LEAST_DAYS = 7;
/** One in ten is below the band, one in ten above it. */
const [LOW, HIGH] = [0.1, 0.9];
/** By so many standard deviations those of a sum of many days lie from their mean. */
const TAIL = 1.2816;

/** What was spent in a day, by how long after its beginning; in that order. */
export type Course = readonly { readonly sinceMs: number; readonly costNanoUsd: number }[];

/** What a forecast stands on. */
export interface ForecastFacts {
  /** the days before today, from the first one on in which something was spent */
  readonly history: readonly Course[];
  /** how much of today is over */
  readonly elapsedMs: number;
  /** so far, today and in the span that is forecast with it, today included */
  readonly spentToday: number;
  readonly spentInSpan: number;
  /** days of the span behind today */
  readonly daysLeft: number;
}

/** Nano-dollars; each is at least what is spent already, and no lower than the one before it. */
export interface Band {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

export type Forecast =
  | { readonly kind: "cold"; readonly days: number; readonly reason: string }
  | {
      readonly kind: "warm";
      readonly days: number;
      readonly reason: string;
      readonly today: Band;
      readonly span: Band;
    };

/** What today, and a span of which it is a part, will have cost at their ends, as far as the days before tell. Pure. */
export function forecast(facts: ForecastFacts): Forecast {
  const { history, elapsedMs, spentToday, spentInSpan, daysLeft } = facts;
  const days = history.filter((course) => course.length > 0).length;
  if (days < LEAST_DAYS) return { kind: "cold", days, reason: coldReason(days) };
  const rest = bandOf(history.map((course) => spentBetween(course, elapsedMs)));
  const later = laterDays(history, daysLeft);
  return {
    kind: "warm",
    days,
    reason: `from ${history.length} days before today, in ${days} of which something was spent`,
    today: above(spentToday, rest),
    span: above(spentInSpan, {
      low: rest.low + later.low,
      likely: rest.likely + later.likely,
      high: rest.high + later.high,
    }),
  };
}

/** When it is: so many days behind today, so long after the beginning of that day. */
export interface Reached {
  readonly day: number;
  readonly sinceMs: number;
}

/**
 * When a span's cost has likely come to a limit: at a quarter of an hour from now on. Undefined where it likely does not within the
 * span, and where the forecast is cold. Pure.
 */
export function reaches(limitNanoUsd: number, facts: ForecastFacts): Reached | undefined {
  const { history, elapsedMs, spentInSpan, daysLeft } = facts;
  if (spentInSpan >= limitNanoUsd) return { day: 0, sinceMs: elapsedMs };
  if (forecast(facts).kind === "cold") return undefined;
  const today = quartersFrom(elapsedMs).find(
    (sinceMs) =>
      spentInSpan + middle(history.map((course) => spentBetween(course, elapsedMs, sinceMs))) >= limitNanoUsd,
  );
  if (today !== undefined) return { day: 0, sinceMs: today };
  const atMidnight = spentInSpan + middle(history.map((course) => spentBetween(course, elapsedMs)));
  const aDay = mean(history.map((course) => spentBetween(course, 0)));
  if (aDay === 0) return undefined;
  const day = Math.max(1, Math.ceil((limitNanoUsd - atMidnight) / aDay));
  if (day > daysLeft) return undefined;
  const before = atMidnight + (day - 1) * aDay;
  const sinceMs = quartersFrom(0).find(
    (end) => before + mean(history.map((course) => spentBetween(course, 0, end))) >= limitNanoUsd,
  );
  return sinceMs === undefined ? { day: day + 1, sinceMs: 0 } : { day, sinceMs };
}

const QUARTER_MS = 15 * 60_000;
/** The longest day, on which clocks go back. */
const DAY_MS = 25 * 3_600_000;

/** The quarters of an hour behind a time of the day, to the end of the day. */
function quartersFrom(elapsedMs: number): number[] {
  const first = Math.floor(elapsedMs / QUARTER_MS) + 1;
  return Array.from(
    { length: Math.max(0, DAY_MS / QUARTER_MS - first + 1) },
    (_, index) => (first + index) * QUARTER_MS,
  );
}

function coldReason(days: number): string {
  const known = days === 1 ? "there is one day" : `there are ${days === 0 ? "no" : days} days`;
  return `too little is known yet: ${known} in which something was spent among the last ${HISTORY_DAYS}, and a forecast needs ${LEAST_DAYS}`;
}

function spentBetween(course: Course, fromMs: number, toMs = Number.POSITIVE_INFINITY): number {
  let sum = 0;
  for (const { sinceMs, costNanoUsd } of course) if (sinceMs >= fromMs && sinceMs < toMs) sum += costNanoUsd;
  return sum;
}

/** Some whole days together: their mean, and how far sums of so many lie from it. */
function laterDays(history: readonly Course[], count: number): Band {
  const totals = history.map((course) => spentBetween(course, 0));
  const one = mean(totals);
  const spread = TAIL * Math.sqrt(count * mean(totals.map((total) => (total - one) ** 2)));
  return { low: Math.max(0, count * one - spread), likely: count * one, high: count * one + spread };
}

function above(spent: number, { low, likely, high }: Band): Band {
  return { low: Math.round(spent + low), likely: Math.round(spent + likely), high: Math.round(spent + high) };
}

function bandOf(values: readonly number[]): Band {
  const sorted = values.toSorted((a, b) => a - b);
  return { low: quantile(sorted, LOW), likely: quantile(sorted, 0.5), high: quantile(sorted, HIGH) };
}

function middle(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [below = 0, behind = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (behind - below) * (place - Math.floor(place));
}
