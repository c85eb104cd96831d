import type { Clock } from "@hal/daemon";
import type { Expected } from "./read-spending.ts";

/** So long a node counts as about to work that was given a command which begins something. */
const EXPECTED_MS = 30_000;

/** What nodes are about to begin, until they say so themselves. */
export class Expectations {
  readonly #clock: Clock;
  readonly #all = new Map<string, Expected & { readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(key: string, expected: Expected): void {
    this.#all.set(key, { ...expected, until: this.#clock.monotonic() + EXPECTED_MS });
  }

  /** The node says that it is at work, or about to be. */
  fulfil(nodeId: string): void {
    for (const [key, expected] of this.#all) if (expected.nodeId === nodeId) this.#all.delete(key);
  }

  get all(): readonly Expected[] {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#all) if (until <= now) this.#all.delete(key);
    return [...this.#all.values()];
  }
}
