import { LAST_TIME } from "@hal/protocol";

/**
 * For how long something may begin, as it is kept on the disk.
 *
 * What holds here:
 *
 * - L1 Whatever a clock does, nothing begins for longer than was said: within one life of the agent time is measured by the
 *   clock that never goes back, and no later life has more of it than was left when that was written down last.
 * - L2 A clock that jumps forward ends it early: it is said again when the supervisor is heard.
 */
export interface Validity {
  /** when nothing may begin any more, on this node's clock */
  readonly until: number;
  /** how much was left when this was written down */
  readonly leftMs: number;
}

/** How much was left at a moment of this life of the agent. */
export interface Left extends Validity {
  /** by the clock that never goes back */
  readonly at: number;
}

/** Something is said to hold for so long from now on. Pure. */
export function validFor(validMs: number, now: number): Validity {
  return { until: Math.min(now + validMs, LAST_TIME), leftMs: validMs };
}

/** What is left of it at a later time, of which `left.at` is the beginning on the clock that never goes back. Pure. */
export function leftNow({ leftMs, at, until }: Left, now: number, monotonic: number): number {
  return Math.max(0, Math.min(leftMs - (monotonic - at), until - now));
}
