import { HalError } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a span such as `90s`, `10m` or `1h30m`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text)
    throw new HalError("bad_request", `${text} is not a span of time; write it as 90s, 10m or 1h30m`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (entryOf(UNITS, unit as string) ?? 0), 0);
}

/** `10m` means ten minutes ago; a time is left as it is, for the supervisor to judge. */
export function sinceTime(text: string, now: number): string {
  return /^[\d.]+[a-z]/.test(text) ? new Date(now - parseDuration(text)).toISOString() : text;
}
