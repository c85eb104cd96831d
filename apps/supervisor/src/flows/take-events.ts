import { type Taken, takeFrame } from "@hal/store/supervisor";
import type { Context } from "../context.ts";

/** Commits a frame of events, together with what else waits; when it resolves, it may be acknowledged. */
export async function takeEvents(context: Context, nodeId: string, bytes: Uint8Array): Promise<Taken> {
  const receivedAt = context.clock.now();
  const began = context.clock.monotonic();
  const taken = await takeFrame(context.store, { nodeId, bytes, receivedAt });
  if (taken.kind === "malformed") return taken;
  const { metrics } = context;
  metrics.eventsCommitted((context.clock.monotonic() - began) / 1000);
  if (taken.missing !== undefined) metrics.holeFound();
  for (const reason of taken.gaps) metrics.gapAppended(reason);
  metrics.spent(taken.spentMicroUsd);
  metrics.duplicatesDropped(taken.duplicates);
  for (const [type, count] of Object.entries(taken.appended)) metrics.eventsAppended(type, count);
  for (const { id, type, state, createdAt } of taken.finished) {
    metrics.commandFinished(type, state, Math.max(0, receivedAt - createdAt) / 1000);
    context.commandSpans.ended(id, state);
  }
  context.wakeup.notify();
  return taken;
}
