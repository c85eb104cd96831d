const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long after each try that failed the next one comes, as Standard Webhooks recommend it: 76 hours in all. */
const WAITS_MS = [
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** So many tries a webhook gets for one message. */
export const WEBHOOK_TRIES = WAITS_MS.length + 1;

/**
 * How long to wait after a try that failed.
 * @param tries how many there were, 1 or more
 * @param chance 0 to 1: up to a tenth more, so that what failed together is not tried together
 * @returns milliseconds; undefined where there is no other try
 */
export function webhookWaitMs(tries: number, chance: number): number | undefined {
  const wait = WAITS_MS[tries - 1];
  return wait === undefined ? undefined : Math.round(wait * (1 + chance / 10));
}
