/** Bounds of a retry delay in milliseconds. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before attempt number `attempt` (0 is the first retry): exponential with the upper half
 * random, so that a fleet that lost its supervisor together does not come back together, and no wait is a spin.
 */
export function backoffMs(attempt: number, limits: BackoffLimits, random: () => number = Math.random): number {
  const ceiling = Math.min(limits.maxMs, limits.baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
