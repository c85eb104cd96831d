import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { commandMetrics } from "./command-metrics.ts";
import { eventMetrics } from "./event-metrics.ts";
import { linkMetrics } from "./link-metrics.ts";
import { operationMetrics } from "./operation-metrics.ts";

/** What every family's name begins with. */
export const PREFIX = "hal_o_swarm_";

/** Gauges that are named like counters; they are the sums of gauges that stay. */
const UNLIKE_PROMETHEUS = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * All that `/metrics` serves: the families of the deployment guide under their exact names, and those of
 * docs/metrics.md. Label values come from closed lists, and each is there from the first scrape on.
 */
export function createMetrics(version: string) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const family of UNLIKE_PROMETHEUS) registry.removeSingleMetric(`${PREFIX}${family}`);
  new Gauge({
    name: "hal_o_swarm_build_info",
    help: "1, with the version of the supervisor as a label",
    labelNames: ["version"] as const,
    registers,
  }).set({ version }, 1);
  const failedCommits = new Counter({
    name: "hal_o_swarm_database_commit_failures_total",
    help: "Groups of writes that the database did not take",
    registers,
  });
  return {
    registry,
    ...commandMetrics(registers),
    ...eventMetrics(registers),
    ...linkMetrics(registers),
    ...operationMetrics(registers),
    commitFailed(): void {
      failedCommits.inc();
    },
  };
}
