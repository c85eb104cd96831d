import { LAST_TIME } from "@hal/protocol";

/**
 * For how long something may begin, as it is kept on the disk.
 *
 * What holds here:
 *
 * - L1 Whatever a clock does, nothing begins for longer than was said: within one life of the agent time is measured by the
 *   clock that never goes back, and over lives by the latest time that was ever seen.
 * - L2 A clock that jumps forward ends it early: it is said again when the supervisor is heard.
 */
export interface Validity {
  /** when nothing may begin any more, on this node's clock */
  readonly until: number;
  /** the latest time that this node's clock had been at, when that was kept */
  readonly latestAt: number;
  /** how much was left then */
  readonly leftMs: number;
}

/** How much was left at a moment of this life of the agent. */
export interface Left {
  readonly leftMs: number;
  /** by the clock that never goes back */
  readonly at: number;
  readonly until: number;
}

/** Something is said to hold for so long from now on. Pure. */
export function validFor(validMs: number, now: number, latestAt = 0): Validity {
  const latest = Math.min(Math.max(now, latestAt), LAST_TIME);
  return { until: Math.min(latest + validMs, LAST_TIME), latestAt: latest, leftMs: validMs };
}

/** What is left of it when an agent begins to live. Pure. */
export function leftAtStart({ until, latestAt, leftMs }: Validity, now: number, monotonic: number): Left {
  return { leftMs: Math.max(0, Math.min(leftMs, until - Math.max(now, latestAt))), at: monotonic, until };
}

/** What is left of it later in the same life. Pure. */
export function leftNow({ leftMs, at, until }: Left, now: number, monotonic: number): number {
  return Math.max(0, Math.min(leftMs - (monotonic - at), until - now));
}
