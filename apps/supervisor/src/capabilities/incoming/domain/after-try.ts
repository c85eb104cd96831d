import type { ErrorCode } from "@hal/protocol";

/** So long work is tried that could not begin. */
export const GIVE_UP_MS = 24 * 3_600_000;
const FIRST_MS = 2_000;
const LONGEST_MS = 10 * 60_000;

/** What says of itself that it will never be otherwise. */
const FOR_GOOD: ReadonlySet<string> = new Set<ErrorCode>([
  "bad_request",
  "forbidden",
  "payload_too_large",
  "cancelled",
]);

export interface FailedTry {
  readonly code: string;
  readonly reason: string;
  /** how many there were before this one */
  readonly tries: number;
  /** since when it is tried */
  readonly since: number;
}

/** Whether work that could not begin is tried again, and when. Pure. */
export function afterTry(
  { code, reason, tries, since }: FailedTry,
  now: number,
):
  | { readonly kind: "again"; readonly code: string; readonly reason: string; readonly dueAt: number }
  | { readonly kind: "given_up"; readonly code: string; readonly reason: string } {
  if (FOR_GOOD.has(code)) return { kind: "given_up", code, reason };
  if (now - since >= GIVE_UP_MS) return { kind: "given_up", code, reason: `it was tried for a day: ${reason}` };
  return { kind: "again", code, reason, dueAt: now + waitMs(tries) };
}

function waitMs(tries: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20));
}
