import { COMMAND_TYPES, isCommandType } from "@hal/protocol";
import { Counter, Histogram, type Registry } from "prom-client";

const OUTCOMES = ["succeeded", "failed", "cancelled", "expired"] as const;

/** A type that this version does not know. */
const OTHER = "other";

/** Commands that reached their outcome. */
export function commandMetrics(registers: Registry[]) {
  const commands = new Counter({
    name: "hal_o_swarm_commands_total",
    help: "Commands that reached an outcome, by type and outcome",
    labelNames: ["type", "status"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "hal_o_swarm_command_duration_seconds",
    help: "Time from a command's making to its outcome in seconds, by type",
    labelNames: ["type"] as const,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  for (const type of [...COMMAND_TYPES, OTHER]) {
    for (const status of OUTCOMES) commands.inc({ type, status }, 0);
    duration.zero({ type });
  }
  return {
    commandFinished(type: string, status: string, seconds: number): void {
      const label = isCommandType(type) ? type : OTHER;
      commands.inc({ type: label, status });
      duration.observe({ type: label }, seconds);
    },
  };
}
