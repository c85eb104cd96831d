import { dayAt, startOfDay } from "../../../domain/days.ts";
import { lastTime } from "../../schedules/domain/cron-times.ts";

export const WEEK_TYPE = "cost.reported";

const DAYS = 7;
const DAY_MS = 86_400_000;
/** Whoever was away tells it so much later at most. */
const MOST_LATE_MS = 2 * DAY_MS;

/** As people write them, in the order of cron's numbers. */
export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When a week is told. */
export interface WeeklyRule {
  readonly day: Weekday;
  /** as `HH:MM` */
  readonly at: string;
  readonly timeZone: string;
  /** for so long what was told is known; 0 for ever */
  readonly keptDays: number;
}

/** A week whose costs are to be told: the seven days before the one on which they are, by the clock of a zone. */
export interface DueWeek {
  /** counted since 1970 */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The week that is to be told, once its time has come, and for two days. It is told once, since what was told is known for longer. Pure.
 */
export function dueWeek({ day, at, timeZone, keptDays }: WeeklyRule, now: number): DueWeek | undefined {
  const [hour = "0", minute = "0"] = at.split(":");
  const cron = `${Number(minute)} ${Number(hour)} * * ${WEEKDAYS.indexOf(day)}`;
  const lateMs = keptDays === 0 ? MOST_LATE_MS : Math.min(MOST_LATE_MS, keptDays * DAY_MS);
  const last = lastTime({ cron, timeZone }, { after: now - lateMs, until: now });
  if (last === undefined) return undefined;
  const told = dayAt(timeZone, last);
  const firstDay = told - DAYS;
  return { firstDay, lastDay: told - 1, from: startOfDay(timeZone, firstDay), to: startOfDay(timeZone, told) };
}
