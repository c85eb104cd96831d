import type { QuietHours } from "./policy-settings.ts";

const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

/** The days of a week, as they are configured. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, made);
  return made;
}

/** The minute of the day and the day, by the clock on the wall there. */
function wallClock(timeZone: string, at: number): { readonly minute: number; readonly day: number } {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const day = DAYS.indexOf((parts.get("weekday") ?? "").toLowerCase() as (typeof DAYS)[number]);
  return { minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")), day };
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Whether it is quiet by the clock on the wall; hours over midnight are of the day on which they begin. Pure. */
export function isQuiet({ from, to, time_zone: zone, days }: QuietHours, now: number): boolean {
  const { minute, day } = wallClock(zone, now);
  const [begin, end] = [minuteOf(from), minuteOf(to)];
  const isOf = (which: number): boolean => days === undefined || days.includes(DAYS[(which + 7) % 7] as string);
  if (begin <= end) return minute >= begin && minute < end && isOf(day);
  return (minute >= begin && isOf(day)) || (minute < end && isOf(day - 1));
}

/** When the quiet hours are over that there are now; undefined where there are none. */
export function quietUntil(hours: QuietHours | undefined, now: number): number | undefined {
  if (hours === undefined || !isQuiet(hours, now)) return undefined;
  const end = minuteOf(hours.to);
  const minutesTo = (at: number): number =>
    (end - wallClock(hours.time_zone, at).minute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const start = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const straight = start + minutesTo(start) * MINUTE_MS;
  // a night in which clocks are changed is longer or shorter than it looks
  const off = ((wallClock(hours.time_zone, straight).minute - end + 1.5 * DAY_MINUTES) % DAY_MINUTES) - DAY_MINUTES / 2;
  const corrected = straight - off * MINUTE_MS;
  return isQuiet(hours, corrected) || corrected <= now ? straight : corrected;
}
