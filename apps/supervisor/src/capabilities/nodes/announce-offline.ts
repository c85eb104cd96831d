import { allNodes, appendOwnEvents, nodeById, type NodeRow, type OwnEvent } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { offlineReason, STOPPED } from "./domain/node-status.ts";
import { livenessOf, nodeFacts, statusOf } from "./node-statuses.ts";

/**
 * Tells once of each node that fell silent or stopped that it is offline. Keyed by its last connection, so
 * that neither a second look nor a restart tells it again.
 */
export async function announceOffline(context: Context): Promise<void> {
  await announceThoseOffline(context, await allNodes(context.store));
}

/** The same, looking at one node only. */
export async function announceIfOffline(context: Context, nodeId: string): Promise<void> {
  const row = await nodeById(context.store, nodeId);
  if (row !== undefined) await announceThoseOffline(context, [row]);
}

async function announceThoseOffline(context: Context, rows: readonly NodeRow[]): Promise<void> {
  const now = context.clock.now();
  const own = rows
    .filter((row) => statusOf(context, row).status === "offline" && !context.announced.has(lastConnection(row)))
    .map((row) => offlineEvent(context, row, now));
  if (own.length === 0) return;
  await appendOwnEvents(context.store, own, now);
  for (const { event } of own) context.announced.add(event.sourceKey ?? "");
}

function lastConnection(row: NodeRow): string {
  return `offline/${row.id}/${row.connectedAt ?? row.firstSeenAt}`;
}

function offlineEvent(context: Context, row: NodeRow, now: number): OwnEvent {
  const stopped = row.disconnectReason?.startsWith(STOPPED) === true;
  const reason = stopped ? `offline: ${STOPPED}` : offlineReason(nodeFacts(context, row), livenessOf(context));
  return {
    nodeId: row.id,
    event: {
      type: "node.offline",
      at: now,
      sourceKey: lastConnection(row),
      data: { reason },
    },
  };
}
