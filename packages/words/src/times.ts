import { span } from "./durations.ts";

/** How long ago a time of the API was; `-` where there is none. */
export function ago(time: string | null, now: number): string {
  return time === null ? "-" : `${span(now - Date.parse(time))} ago`;
}

/** The time of day on this machine's clock, with the date where it was another day. */
export function clockTime(time: string, now: number): string {
  const at = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  if (at.toDateString() === new Date(now).toDateString()) return clock;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}
