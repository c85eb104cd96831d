import { countTimes, lastTime, nextTime } from "./cron-times.ts";
import { ruleOf, type Schedule } from "./schedule.ts";

/** What is found so soon is in time. */
export const IN_TIME_MS = 60_000;

/** So many times that passed are counted. */
export const MOST_COUNTED = 100;

/** Up to when a schedule was looked at, and by which rule. */
export interface SchedulePlace {
  readonly rule: string;
  readonly since: number;
}

/** A time that came. */
export interface DueTime {
  readonly at: number;
  /** how many earlier ones it stands for */
  readonly missed: number;
  /** work begins for it; else it passed while nobody was there, and passed for good */
  readonly begins: boolean;
}

/** What a look at a schedule came to. */
export interface ScheduleJudgement {
  readonly place: SchedulePlace;
  readonly due: readonly DueTime[];
  /** when it is to be looked at next; undefined where no time comes any more */
  readonly nextAt: number | undefined;
}

/**
 * Judges which times of a schedule have come since it was looked at last. Of several that have come the last one stands for all; one that
 * comes late begins work only where the schedule says so. A clock that was set back makes no time come twice. Pure.
 */
export function judgeSchedule(
  schedule: Pick<Schedule, "cron" | "timeZone" | "missed">,
  before: SchedulePlace | undefined,
  now: number,
): ScheduleJudgement {
  const rule = ruleOf(schedule);
  // one that is new, or goes by another rule now, begins here
  if (before?.rule !== rule) return { place: { rule, since: now }, due: [], nextAt: nextTime(schedule, now) };
  const since = Math.min(before.since, now);
  const first = nextTime(schedule, since);
  if (first === undefined || first > now) return { place: { rule, since }, due: [], nextAt: first };
  const last = lastTime(schedule, { after: since, until: now }) ?? first;
  const due = dueTimes(schedule, { since, last }, now);
  return { place: { rule, since: last }, due, nextAt: nextTime(schedule, last) };
}

function dueTimes(
  schedule: Pick<Schedule, "cron" | "timeZone" | "missed">,
  { since, last }: { readonly since: number; readonly last: number },
  now: number,
): DueTime[] {
  const earlier = countTimes(schedule, { after: since, until: last - 1, most: MOST_COUNTED });
  if (schedule.missed === "run_once") return [{ at: last, missed: earlier, begins: true }];
  if (now - last > IN_TIME_MS) return [{ at: last, missed: earlier, begins: false }];
  const passed = earlier === 0 ? undefined : lastTime(schedule, { after: since, until: last - 1 });
  return [
    ...(passed === undefined ? [] : [{ at: passed, missed: earlier - 1, begins: false }]),
    { at: last, missed: 0, begins: true },
  ];
}
