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
    throw new HalError("bad_request", `"${text}" is not a duration; write it as 90s, 10m or 1h30m`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (entryOf(UNITS, unit as string) ?? 0), 0);
}

/** `10m` means ten minutes ago, and a span from before 1970 all time that there is; a day or a time without a zone is of this machine's clock. */
export function sinceTime(text: string, now: number): string {
  if (/^[\d.]+[a-z]/.test(text)) return new Date(Math.max(0, now - parseDuration(text))).toISOString();
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text;
  const at = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(day) ? Date.parse(day.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new HalError(
    "bad_request",
    `"${text}" is not a time; write ${/^\d+$/.test(text) ? `${text}m` : "10m"} or 2h for a span before now, or a time such as 2026-02-03T04:05:06Z`,
  );
}
