import type { Appended } from "@hal/store/supervisor";
import type { Context } from "./context.ts";

/** Counts what a commit appended to the log and ended, whoever asked for it: the one place that does. */
export function countAppended(
  { metrics, commandSpans }: Pick<Context, "metrics" | "commandSpans">,
  { counts, gaps, ended }: Appended,
): void {
  for (const [type, count] of Object.entries(counts)) metrics.eventsAppended(type, count);
  for (const reason of gaps) metrics.gapAppended(reason);
  for (const { id, type, state, createdAt, endedAt } of ended) {
    metrics.commandFinished(type, state, Math.max(0, endedAt - createdAt) / 1000);
    commandSpans.ended(id, state);
  }
}
