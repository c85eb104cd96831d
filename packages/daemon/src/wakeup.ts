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
