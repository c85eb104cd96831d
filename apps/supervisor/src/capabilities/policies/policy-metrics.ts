import { POLICIES, POLICY_OUTCOMES, type PolicyName, type PolicyOutcome } from "@hal/protocol";
import { Counter, type Registry } from "prom-client";

/** What policies came to. */
export class PolicyMetrics {
  readonly #decisions: Counter<"policy" | "outcome">;

  constructor(registry: Registry) {
    this.#decisions = new Counter({
      name: "hal_o_swarm_policy_decisions_total",
      help: "What policies came to, by policy and outcome, since the supervisor started",
      labelNames: ["policy", "outcome"] as const,
      registers: [registry],
    });
    for (const policy of POLICIES) for (const outcome of POLICY_OUTCOMES) this.#decisions.inc({ policy, outcome }, 0);
  }

  decided(policy: PolicyName, outcome: PolicyOutcome): void {
    this.#decisions.inc({ policy, outcome });
  }
}
