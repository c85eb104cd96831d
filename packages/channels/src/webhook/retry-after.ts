/** A day: whoever says more is looked at again all the same. */
const MOST_MS = 24 * 3_600_000;

/** How long an answer asks to wait, by its header `Retry-After`: seconds or a date. Undefined where it says nothing that can be read. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), MOST_MS);
}
