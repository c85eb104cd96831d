import { Counter, type Registry } from "prom-client";

const OUTCOMES = ["started", "not_started"] as const;

/** What came of schedules. */
export class ScheduleMetrics {
  readonly #occasions: Counter<"outcome">;

  constructor(registry: Registry) {
    this.#occasions = new Counter({
      name: "hal_o_swarm_schedule_occasions_total",
      help: "Times that a schedule was to begin work, by what came of it, since the supervisor started",
      labelNames: ["outcome"] as const,
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.#occasions.inc({ outcome }, 0);
  }

  closed(outcome: (typeof OUTCOMES)[number]): void {
    this.#occasions.inc({ outcome });
  }
}
