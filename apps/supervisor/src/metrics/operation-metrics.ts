import { isOperationName, OPERATION_NAMES, OPERATIONS } from "@hal/protocol";
import { Counter, Histogram, type Registry } from "prom-client";
import { OPERATION_OUTCOMES, type OperationOutcome } from "../operations/domain/operation-outcome.ts";

const OTHER = "other";

const DOORS = ["http", "control", "chat", "webhook"] as const;

const REFUSED = ["token", "connection", "operation"] as const;

/** What is asked of the supervisor, and what it refuses. */
export function operationMetrics(registers: Registry[]) {
  const operations = new Counter({
    name: "hal_o_swarm_operations_total",
    help: "Operations that were asked for, by name, outcome and door; a stream counts when it opens",
    labelNames: ["operation", "outcome", "door"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "hal_o_swarm_operation_duration_seconds",
    help: "Time that an operation took in seconds, its wait for a command's outcome included, by name; streams are not measured",
    labelNames: ["operation"] as const,
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers,
  });
  const refusals = new Counter({
    name: "hal_o_swarm_refusals_total",
    help: "Who was refused, by what: a token, the opening of a connection, or an operation above the role",
    labelNames: ["what"] as const,
    registers,
  });
  for (const operation of [...OPERATION_NAMES, OTHER]) {
    for (const outcome of OPERATION_OUTCOMES) for (const door of DOORS) operations.inc({ operation, outcome, door }, 0);
    if (!isStream(operation)) duration.zero({ operation });
  }
  for (const what of REFUSED) refusals.inc({ what }, 0);

  return {
    operationEnded(name: string, outcome: OperationOutcome, door: string, seconds: number): void {
      const operation = isOperationName(name) ? name : OTHER;
      operations.inc({ operation, outcome, door });
      if (!isStream(operation)) duration.observe({ operation }, seconds);
    },
    /** `action` as the audit has it */
    refused(action: string): void {
      const what = action === "authenticate" ? "token" : action === "connect" ? "connection" : "operation";
      refusals.inc({ what } satisfies { what: (typeof REFUSED)[number] });
    },
  };
}

function isStream(operation: string): boolean {
  return isOperationName(operation) && OPERATIONS[operation].kind === "stream";
}
