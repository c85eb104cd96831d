/**
 * What goes wrong with a request: `rate_limited`, `status` and `refused` refuse it before anything is done, `broken_before` and
 * `broken_after` cut the connection before and after, `slow` lets it be done after a while.
 */
export type DiscordFault =
  | { readonly kind: "rate_limited"; readonly retryAfterS: number; readonly isGlobal?: boolean }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "broken_before" | "broken_after" }
  | { readonly kind: "refused"; readonly status: number; readonly code: number }
  | { readonly kind: "slow"; readonly ms: number };

/** Which requests go wrong, and how; each is named by its route, such as `POST /channels/:id/messages`. */
export class DiscordFaults {
  readonly #next: { readonly route: string; readonly fault: DiscordFault }[] = [];
  /** asked of each request for which no fault waits; for faults by chance */
  decide: (route: string) => DiscordFault | undefined = () => undefined;

  /** The next so many requests of a route go wrong in this way, after those that wait already. */
  add(route: string, fault: DiscordFault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#next.push({ route, fault });
  }

  take(route: string): DiscordFault | undefined {
    const index = this.#next.findIndex((one) => one.route === route);
    return index < 0 ? this.decide(route) : this.#next.splice(index, 1)[0]?.fault;
  }
}
