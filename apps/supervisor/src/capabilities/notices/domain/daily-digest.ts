import { lastTime } from "../../schedules/domain/cron-times.ts";

/** What stands in the place of a route where a target is told of its day. */
export const DAILY_ROUTE = "digest_at";
export const DAILY_TYPE = "digest.daily";

/** Longer than the longest day, the one in which clocks are set back. */
const DAY_MS = 26 * 3_600_000;
/** What a first digest looks back to, and what one at most. */
const FIRST_MS = 24 * 3_600_000;
const MOST_MS = 7 * FIRST_MS;

export interface DailyRule {
  /** as `HH:MM` */
  readonly at: string;
  readonly timeZone: string;
}

/** A day whose digest is due. */
export interface DueDay {
  /** as `2026-11-28`, by the clock of its zone: a target is told of each once */
  readonly day: string;
  readonly at: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day at a moment, by the clock of a zone. */
export function dayIn(timeZone: string, at: number): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  formats.set(timeZone, format);
  return format.format(at);
}

/** The day's digest, once its time has come, until the day is over. A day on which nobody was there at all has none. Pure. */
export function dueDay({ at, timeZone }: DailyRule, now: number): DueDay | undefined {
  const [hour = "0", minute = "0"] = at.split(":");
  const cron = `${Number(minute)} ${Number(hour)} * * *`;
  const last = lastTime({ cron, timeZone }, { after: now - DAY_MS, until: now });
  if (last === undefined) return undefined;
  const day = dayIn(timeZone, now);
  return dayIn(timeZone, last) === day ? { day, at: last } : undefined;
}

/** Since when a digest tells: since the one before it. Pure. */
export function dailySince(before: number | undefined, at: number): number {
  if (before === undefined || before >= at) return at - FIRST_MS;
  return Math.max(before, at - MOST_MS);
}
