import type { BudgetPeriod } from "@hal/protocol";
import { dayAt, firstOfMonth, firstOfNextMonth, mondayOf, startOfDay } from "../../../domain/days.ts";

/** A time in which a budget is counted: `[from, to)`. */
export interface Span {
  readonly from: number;
  /** undefined of one that never begins anew */
  readonly to: number | undefined;
}

/** The span of a period in which a moment lies, by the clock on the wall of a zone, right over changes of that clock. Pure. */
export function spanAt(period: BudgetPeriod, zone: string, now: number): Span {
  if (period === "total") return { from: 0, to: undefined };
  const [first, next] = daysOf(period, dayAt(zone, now));
  return { from: startOfDay(zone, first), to: startOfDay(zone, next) };
}

/** The first day, and the one behind the last. */
function daysOf(period: "day" | "week" | "month", today: number): [number, number] {
  switch (period) {
    case "day":
      return [today, today + 1];
    case "week":
      return [mondayOf(today), mondayOf(today) + 7];
    case "month":
      return [firstOfMonth(today), firstOfNextMonth(today)];
    default:
      return period satisfies never;
  }
}
