/**
 * What goes wrong with a call: `rate_limited` and `status` refuse it before anything is done, `broken_before` and `broken_after`
 * cut the connection before and after, `slow` lets it be done after a while, and `slow_after` answers a while after it was done.
 */
export type SlackFault =
  | { readonly kind: "rate_limited"; readonly retryAfterS: number }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "broken_before" | "broken_after" }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "slow" | "slow_after"; readonly ms: number };

/** Which calls go wrong, and how. */
export class SlackFaults {
  readonly #next: { readonly method: string; readonly fault: SlackFault }[] = [];
  /** asked of each call for which no fault waits; for faults by chance */
  decide: (method: string) => SlackFault | undefined = () => undefined;

  /** The next so many calls of a method go wrong in this way, after those that wait already. */
  add(method: string, fault: SlackFault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#next.push({ method, fault });
  }

  take(method: string): SlackFault | undefined {
    const index = this.#next.findIndex((one) => one.method === method);
    return index < 0 ? this.decide(method) : this.#next.splice(index, 1)[0]?.fault;
  }
}
