const DAY_MS = 86_400_000;
/** So many days before today are asked for. */
export const ASKED_DAYS = 31;
/** So long behind its end a day's bill still changes. */
const SETTLES_MS = 3 * DAY_MS;

/** Days since 1970 in UTC; both are part of it. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

/**
 * Which days a provider is asked for: the last three and today in any case, since late changes are in them, and from the first one on
 * that was not read since it settled.
 */
export function daysToAsk(now: number, readAt: ReadonlyMap<number, number>): Days {
  const today = Math.floor(now / DAY_MS);
  let from = today - ASKED_DAYS;
  while (from < today - 3 && isSettled(from, readAt.get(from))) from += 1;
  return { from, to: today };
}

/** Whether a day was read so long behind its end that its bill does not change any more. */
export function isSettled(day: number, readAt: number | undefined): boolean {
  return readAt !== undefined && readAt >= endOf(day) + SETTLES_MS;
}

/** When a day of UTC ends. */
export function endOf(day: number): number {
  return (day + 1) * DAY_MS;
}
