const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const QUARTER_MS = 15 * 60_000;
/** A local midnight is at most so long before, and behind, the one of UTC: zones lie between -12 and +14 hours. */
const [MOST_BEFORE, MOST_BEHIND] = [15 * HOUR_MS, 13 * HOUR_MS];
const MOST_KNOWN = 10_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const starts = new Map<string, number>();

/** Whether there is such a time zone, by its IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The day that it is at a moment by the clock of a zone, counted since 1970. */
export function dayAt(timeZone: string, at: number): number {
  if (timeZone === "UTC") return Math.floor(at / DAY_MS);
  let day = dateAt(timeZone, at);
  // where clocks go back over midnight a date comes twice: it is one day, from its first moment to the next one's
  while (startOfDay(timeZone, day) > at) day -= 1;
  while (startOfDay(timeZone, day + 1) <= at) day += 1;
  return day;
}

/**
 * When a day begins by the clock of a zone, at a quarter of an hour; the next one ends it. A day on which clocks change is longer
 * or shorter than 24 hours, and one that a zone left out is none at all: it begins with the next.
 */
export function startOfDay(timeZone: string, day: number): number {
  if (timeZone === "UTC") return day * DAY_MS;
  const key = `${timeZone} ${day}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  let [before, start] = [(day * DAY_MS - MOST_BEFORE) / QUARTER_MS, (day * DAY_MS + MOST_BEHIND) / QUARTER_MS];
  while (start - before > 1) {
    const middle = Math.floor((before + start) / 2);
    if (dateAt(timeZone, middle * QUARTER_MS) >= day) start = middle;
    else before = middle;
  }
  if (starts.size >= MOST_KNOWN) starts.clear();
  starts.set(key, start * QUARTER_MS);
  return start * QUARTER_MS;
}

/** A day as people and programs write it: `2026-11-28`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day that is written so; undefined where there is none. */
export function dayOfText(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) || at < 0 || dayText(at / DAY_MS) !== text ? undefined : at / DAY_MS;
}

/** The first day of the month that a day is in. */
export function firstOfMonth(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** The first day of the month behind the one that a day is in. */
export function firstOfNextMonth(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

/** The Monday of the week that a day is in. */
export function mondayOf(day: number): number {
  // 1970 began on a Thursday
  return day - ((((day + 3) % 7) + 7) % 7);
}

function dateAt(timeZone: string, at: number): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return Date.UTC(parts.get("year") ?? 1970, (parts.get("month") ?? 1) - 1, parts.get("day") ?? 1) / DAY_MS;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  formats.set(timeZone, made);
  return made;
}
