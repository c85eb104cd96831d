import { Counter, type Registry } from "prom-client";

const OUTCOMES = ["started", "prompted", "refused", "given_up"] as const;

/** What came of what services told. */
export class IncomingMetrics {
  readonly #arrivals: Counter<"outcome">;

  constructor(registry: Registry) {
    this.#arrivals = new Counter({
      name: "hal_o_swarm_incoming_arrivals_total",
      help: "Arrivals of webhooks that a rule took, by what came of them, since the supervisor started",
      labelNames: ["outcome"] as const,
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.#arrivals.inc({ outcome }, 0);
  }

  closed(outcome: (typeof OUTCOMES)[number]): void {
    this.#arrivals.inc({ outcome });
  }
}
