import { HalError } from "@hal/protocol";
import { parseDuration } from "@hal/words";

/** More than this no timer holds: it would be over at once. */
const MOST_MS = 24 * 86_400_000;

/** Whole milliseconds of a span that a person says somebody may wait. */
export function timeLimit(text: string): number {
  const ms = Math.max(1, Math.round(parseDuration(text)));
  if (ms > MOST_MS) throw new HalError("bad_request", `${text} is longer than anything can wait here; say 24d at most`);
  return ms;
}
