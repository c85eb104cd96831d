/** How closely a server is watched. */
export interface WatchTimes {
  readonly aliveEveryMs: number;
  readonly healthEveryMs: number;
  /** how long an answer to a health check may take */
  readonly healthMs: number;
  /** so many checks in a row may fail before a server that does not answer is replaced */
  readonly healthFailures: number;
  /** one that is younger is not replaced for its size: with a limit that is too low it would never be up */
  readonly recycleAfterMs: number;
}

/** As it is done outside of tests. */
export const WATCH: WatchTimes = {
  aliveEveryMs: 250,
  healthEveryMs: 10_000,
  healthMs: 5_000,
  healthFailures: 3,
  recycleAfterMs: 60_000,
};
