import { AT_ONCE, type RetryLimits } from "./retry.ts";

/** How long to wait after so many attempts in vain. */
export type Backoff = (attempt: number, limits: RetryLimits) => number;

/** How often it was dialled in vain: every end of a link counts on which nothing was reached, however it was opened. */
export class Redial {
  readonly #backoff: Backoff;
  #failures = 0;
  #hasty = 0;

  constructor(backoff: Backoff) {
    this.#backoff = backoff;
  }

  /** A link was of use; what comes now is counted anew. */
  hasProgressed(): void {
    this.#failures = 0;
    this.#hasty = 0;
  }

  /** Counts an end, and says how long to wait; what is tried at once is counted apart, so that no outage before it delays it. */
  waitMs(limits: RetryLimits): number {
    return this.#backoff(limits === AT_ONCE ? this.#hasty++ : this.#failures++, limits);
  }
}
