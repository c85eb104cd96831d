import { HalError } from "@hal/protocol";
import type { Context } from "../context.ts";
import type { OperationOutcome } from "../domain/operation-outcome.ts";

/** Does an operation and notes how it ended and how long it took. */
export async function observeOperation<T>(
  context: Context,
  { operation, door }: { readonly operation: string; readonly door: string },
  work: () => Promise<T>,
): Promise<T> {
  const { clock, metrics } = context;
  const began = clock.monotonic();
  const ended = (outcome: OperationOutcome): void =>
    metrics.operationEnded(operation, outcome, door, (clock.monotonic() - began) / 1000);
  try {
    const answer = await work();
    ended("ok");
    return answer;
  } catch (error) {
    ended(outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): OperationOutcome {
  if (!(error instanceof HalError)) return "broken";
  return error.code === "forbidden" ? "refused" : "failed";
}
