const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;
const QUARTERS_A_DAY = DAY_MS / QUARTER_MS;

/** The quarter of an hour of a time, counted since 1970. */
export function slotOf(time: number): number {
  return Math.floor(time / QUARTER_MS);
}

/** Where a day of UTC is of which the hour is not known. */
export function slotOfDay(day: number): number {
  return -1 - day;
}

/** The day of UTC that a slot is in, counted since 1970. */
export function dayOfSlot(slot: number): number {
  return slot < 0 ? -1 - slot : Math.floor(slot / QUARTERS_A_DAY);
}

/** Days since 1970 in UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}
