import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";

const KINDS = ["fleet", "node", "project", "session"] as const;

/** Where policies are paused. */
export function policyGauges({ metrics, pauses, clock }: Context): void {
  const gauges = new Gauges(metrics.registry, () => pauses.standing(clock.now()));
  gauges.labelled("policy_pauses", "Pauses of policies that stand now, by where", [
    "scope",
    KINDS,
    (standing, kind) => standing.filter((pause) => pause.kind === kind).length,
  ]);
}
