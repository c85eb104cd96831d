import { entryOf } from "@hal/protocol/text";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";
import { nodesByStatus } from "./nodes-by-status.ts";

const NODE_STATUSES = ["online", "degraded", "offline"] as const;

/** Nodes, their links, what waits in their outboxes, and where the log differs from what they told. */
export function nodeGauges(context: Context): void {
  const { registry } = context.metrics;
  const nodes = new Gauges(registry, () => nodesByStatus(context));
  nodes.plain("nodes_online", "Nodes that are online or degraded now", ({ online, degraded }) => online + degraded);
  nodes.labelled("nodes", "Nodes that were ever there, by status", ["status", NODE_STATUSES, entryOf]);
  linkGauges(context);
}

/** What the connected nodes reported last. */
function linkGauges({ metrics, clock, links, differences }: Context): void {
  const gauges = new Gauges(metrics.registry, () => {
    const all = [...links.all()];
    return {
      connections: all.length,
      silentMs: highest(all.map(({ lastFrameAt }) => clock.monotonic() - lastFrameAt)),
      outboxes: all.map(({ report }) => report.outbox),
      differences: differences.count,
    };
  });
  gauges.plain("connections_active", "Agents that are connected now", ({ connections }) => connections);
  gauges.plain(
    "link_silence_seconds",
    "Longest silence of an agent that is connected, in seconds",
    ({ silentMs }) => silentMs / 1000,
  );
  gauges.plain("outbox_events", "Events that wait in the outboxes of all connected nodes", ({ outboxes }) =>
    sum(outboxes.map(({ depth }) => depth)),
  );
  gauges.plain("outbox_events_max", "Events that wait in the fullest outbox", ({ outboxes }) =>
    highest(outboxes.map(({ depth }) => depth)),
  );
  gauges.plain("outbox_bytes", "Bytes that wait in the outboxes of all connected nodes", ({ outboxes }) =>
    sum(outboxes.map(({ bytes }) => bytes)),
  );
  gauges.plain("outbox_bytes_max", "Bytes that wait in the biggest outbox", ({ outboxes }) =>
    highest(outboxes.map(({ bytes }) => bytes)),
  );
  gauges.plain(
    "outbox_oldest_seconds",
    "How long the oldest event in any outbox has waited, in seconds, by its node's own clock",
    ({ outboxes }) => highest(outboxes.map(({ oldestMs }) => oldestMs)) / 1000,
  );
  gauges.plain(
    "told_differences",
    "Sessions of which the event log says something else than their agents told",
    (seen) => seen.differences,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
