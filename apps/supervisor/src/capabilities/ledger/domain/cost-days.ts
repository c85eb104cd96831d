import type { COST_PERIODS } from "@hal/protocol";
import { dayAt, startOfDay } from "../../../domain/days.ts";

export type CostPeriod = (typeof COST_PERIODS)[number];

const DAYS: Readonly<Record<CostPeriod, number>> = { today: 1, week: 7, month: 30 };

/** Some days in a row, by the clock of a zone. */
export interface CostDays {
  readonly timeZone: string;
  readonly firstDay: number;
  readonly lastDay: number;
  /** what is told of a later time comes from a clock that is ahead, and counts today */
  readonly today: number;
}

/** The days of a period, of which today is the last. */
export function daysOf(
  period: CostPeriod,
  { timeZone, now }: { readonly timeZone: string; readonly now: number },
): CostDays {
  const today = dayAt(timeZone, now);
  return { timeZone, firstDay: today - (DAYS[period] - 1), lastDay: today, today };
}

/** Some time, and the days that it is; what is known by its day alone counts on the day of that name. */
export interface TimeSpan {
  readonly from: number;
  /** without it for ever */
  readonly to?: number;
  readonly fromDay: number;
  readonly toDay?: number;
}

/** The time that some days are. */
export function spanOf({ timeZone, firstDay, lastDay, today }: CostDays): TimeSpan {
  const begin = { from: startOfDay(timeZone, firstDay), fromDay: firstDay };
  if (lastDay >= today && firstDay <= today) return begin;
  return { ...begin, to: startOfDay(timeZone, lastDay + 1), toDay: lastDay + 1 };
}

/** Each of some days by itself. */
export function eachDay(days: CostDays): CostDays[] {
  const count = days.lastDay - days.firstDay + 1;
  return Array.from({ length: count }, (_, index) => ({
    ...days,
    firstDay: days.firstDay + index,
    lastDay: days.firstDay + index,
  }));
}
