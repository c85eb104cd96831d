/** Somebody who waits again and again; the end of it is the end of the waiting. */
export interface Waiter extends Disposable {
  /** A promise that resolves at the next `notify`, or when the signal aborts. */
  arm(): Promise<void>;
  /** whether the signal has aborted; to ask the signal costs more */
  readonly isOver: boolean;
}

/**
 * Tells those who wait that something changed. It carries no data: arm it *before* reading, and a
 * change between reading and waiting is not lost.
 */
export class Wakeup {
  #waiting = new Set<() => void>();

  /** Wakes everyone who armed it. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** For a wait after the other: to listen to a signal anew for each costs more than the wait. */
  waiter(signal: AbortSignal): Waiter {
    let wake = (): void => undefined;
    let isOver = signal.aborted;
    const onAbort = (): void => {
      isOver = true;
      wake();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    return {
      arm: () =>
        new Promise((resolve) => {
          this.#waiting.delete(wake);
          wake = resolve;
          if (isOver) resolve();
          else this.#waiting.add(wake);
        }),
      get isOver() {
        return isOver;
      },
      [Symbol.dispose]: () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", onAbort);
      },
    };
  }

  /** A promise that resolves at the next `notify`, or when `signal` aborts. */
  arm(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
