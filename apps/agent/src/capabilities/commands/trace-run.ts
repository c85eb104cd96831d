import { type CommandFrame, isCommandType } from "@hal/protocol";
import { currentSpan, type Span } from "@hal/daemon";
import type { Outcome } from "@hal/store/agent";
import type { Context } from "../../context.ts";

/** The agent's part of a command's trace: its waiting for its turn and for opencode, and its execution. */
export function beginRun({ tracing }: Context, { id, command, traceparent }: CommandFrame): Span | undefined {
  const type = isCommandType(command) ? command : "other";
  const attributes = { "hal.command.id": id, "hal.command.type": type };
  return tracing.begin(`run ${type}`, { kind: "consumer", traceparent, attributes });
}

/** Ends the span of the execution that runs just now. */
export function traceOutcome(outcome: Outcome): void {
  const span = currentSpan();
  span?.set({ "hal.command.state": outcome.state });
  span?.end(outcome.state === "failed" ? outcome.error.code : undefined);
}
