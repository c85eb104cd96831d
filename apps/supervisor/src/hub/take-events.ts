import { type Reference, type Taken, takeFrame } from "@hal/store/supervisor";
import type { AgentLink } from "../capabilities/nodes/link.ts";
import type { Context } from "../context.ts";

/** Commits a frame of events, together with what else waits; when it resolves, it may be acknowledged. */
export async function takeEvents(context: Context, link: AgentLink, bytes: Uint8Array): Promise<Taken> {
  const receivedAt = context.clock.now();
  const began = context.clock.monotonic();
  const taken = await takeFrame(context.store, { nodeId: link.nodeId, bytes, receivedAt });
  if (taken.kind === "malformed") return taken;
  const { metrics } = context;
  metrics.eventsCommitted((context.clock.monotonic() - began) / 1000);
  if (taken.missing !== undefined) metrics.holeFound();
  reportForeign(context, link, taken.refused);
  metrics.spent(taken.spentNanoUsd);
  metrics.duplicatesDropped(taken.duplicates);
  return taken;
}

/** An agent that names what is not its node's is wrong, or means harm: it is told of once a connection, and all of it is counted. */
function reportForeign(
  { metrics, log, audit }: Context,
  { nodeId, address, named }: AgentLink,
  refused: Readonly<Partial<Record<Reference, number>>>,
): void {
  for (const [reference, count] of Object.entries(refused)) {
    metrics.referenceRefused(reference, count);
    const reason = `it named a ${reference} that is not its own`;
    const actor = { actor: `node:${nodeId}`, role: "agent", surface: "agent", ip: address } as const;
    audit.refused({ ...actor, action: "events.refer", target: nodeId, reason });
    if (named.has(reference)) continue;
    named.add(reference);
    log.warn({ node: nodeId, reference }, "an event named what is not its node's; that was left out");
  }
}
