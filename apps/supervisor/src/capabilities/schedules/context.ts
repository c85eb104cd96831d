import type { Context as PoliciesContext } from "../policies/context.ts";
import type { ScheduleBook } from "./schedule-book.ts";
import type { ScheduleChecks } from "./schedule-checks.ts";
import type { ScheduleWatch } from "./schedule-watch.ts";

/** What a look at schedules stands on. */
export interface LookContext extends PoliciesContext {
  readonly scheduleBook: ScheduleBook;
}

/** What schedules may use, and what looks at them. */
export interface Context extends LookContext {
  readonly scheduleChecks: ScheduleChecks;
  readonly scheduleWatch: ScheduleWatch;
}
