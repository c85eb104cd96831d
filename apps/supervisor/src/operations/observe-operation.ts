import { failureOf, inSpan } from "@hal/daemon";
import { HalError, isOperationName } from "@hal/protocol";
import type { Kernel } from "../kernel.ts";
import type { OperationOutcome } from "./domain/operation-outcome.ts";

export interface ObservedOperation {
  readonly operation: string;
  readonly door: string;
  readonly traceparent?: string | undefined;
}

/** Does an operation as the work of a span, and notes how it ended and how long it took. */
export async function observeOperation<T>(
  kernel: Kernel,
  { operation, door, traceparent }: ObservedOperation,
  work: () => Promise<T>,
): Promise<T> {
  const { clock, metrics } = kernel;
  const began = clock.monotonic();
  const name = isOperationName(operation) ? operation : "other";
  const attributes = { "hal.operation": name, "hal.door": door };
  const span = kernel.tracing.begin(`operation ${name}`, { kind: "server", traceparent, attributes });
  const ended = (outcome: OperationOutcome): void =>
    metrics.operationEnded(operation, outcome, door, (clock.monotonic() - began) / 1000);
  try {
    const answer = await inSpan(span, work);
    span?.end();
    ended("ok");
    return answer;
  } catch (error) {
    span?.end(failureOf(error));
    ended(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): OperationOutcome {
  if (!(error instanceof HalError)) return "broken";
  return error.code === "forbidden" ? "refused" : "failed";
}
