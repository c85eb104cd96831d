import { Counter, type Registry } from "prom-client";

const OUTCOMES = ["sent", "waiting", "given_up"] as const;

/** What came of tries to send notices. */
export class NoticeMetrics {
  readonly #tries: Counter<"outcome">;

  constructor(registry: Registry) {
    this.#tries = new Counter({
      name: "hal_o_swarm_notice_tries_total",
      help: "Tries to send a notice to its target, by what came of it, since the supervisor started; waiting: it is tried again",
      labelNames: ["outcome"] as const,
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.#tries.inc({ outcome }, 0);
  }

  tried(outcome: (typeof OUTCOMES)[number]): void {
    this.#tries.inc({ outcome });
  }
}
