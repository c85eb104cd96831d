import { BILLED_PROVIDERS, type BilledProvider } from "@hal/protocol";
import { Counter, type Registry } from "prom-client";
import { type BillProblem, PROBLEMS } from "./bill-source.ts";

/** How asking for bills went. */
export class BillMetrics {
  readonly #polls: Counter<"provider" | "result">;

  constructor(registry: Registry) {
    this.#polls = new Counter({
      name: "hal_o_swarm_cost_polls_total",
      help: "Times that a provider was asked for its bill, by what came of it, since the supervisor started",
      labelNames: ["provider", "result"] as const,
      registers: [registry],
    });
    for (const provider of BILLED_PROVIDERS)
      for (const result of ["told", ...PROBLEMS]) this.#polls.inc({ provider, result }, 0);
  }

  polled(provider: BilledProvider, problem: BillProblem | undefined): void {
    this.#polls.inc({ provider, result: problem?.code ?? "told" });
  }
}
