import { LAST_TIME } from "@hal/protocol";

/** A time as the API writes it. A row whose time is none says so; nothing that is read fails at it. */
export function time(ms: number): string {
  return new Date(Math.min(Math.max(0, ms), LAST_TIME) || 0).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}
