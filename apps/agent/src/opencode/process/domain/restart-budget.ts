/** How many starts within which time are still a crash now and then. */
export interface RestartLimits {
  readonly starts: number;
  readonly withinMs: number;
  /** how long to wait when it is more than that */
  readonly pauseMs: number;
}

/** Keeps a server that ends again and again from being started for ever at full speed. */
export class RestartBudget {
  readonly #limits: RestartLimits;
  #starts: number[] = [];

  constructor(limits: RestartLimits) {
    this.#limits = limits;
  }

  /** Notes a start at a time on the monotonic clock, and returns how long to wait before it: 0 within the budget. */
  take(now: number): number {
    const { starts, withinMs, pauseMs } = this.#limits;
    this.#starts = [...this.#starts.filter((at) => at > now - withinMs), now];
    if (this.#starts.length <= starts) return 0;
    this.#starts = [];
    return pauseMs;
  }
}
