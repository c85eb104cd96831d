import type { Clock, Logger } from "@hal/daemon";

/** So far the clock on the wall may go from the one that only goes on, from one look to the next. */
const MOST_MS = 60_000;

/**
 * Says that the clock on the wall was put forward or back: spans begin by it. One that was put back begins no span again, so what is
 * spent in both counts in the earlier one.
 */
export class ClockJumps {
  readonly #clock: Clock;
  readonly #log: Logger;
  #ahead: number;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
    this.#ahead = clock.now() - clock.monotonic();
  }

  look(): void {
    const ahead = this.#clock.now() - this.#clock.monotonic();
    const byMs = Math.round(ahead - this.#ahead);
    this.#ahead = ahead;
    if (Math.abs(byMs) <= MOST_MS) return;
    this.#log.warn(
      { by_ms: byMs },
      byMs > 0
        ? "the clock was put forward, or this machine slept: budgets whose span is over by it begin anew"
        : "the clock was put back: what was spent since counts in the span that there is by it",
    );
  }
}
