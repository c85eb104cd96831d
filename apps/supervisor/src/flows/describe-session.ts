import type { SessionView } from "@hal/protocol";
import { nodeById, openInteractionsOf, type SessionRow, treeCost } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { sessionView } from "./views.ts";
import { type KnownNode, nodeStatuses, statusOf } from "./node-statuses.ts";

/** Sessions as people see them. */
export async function describeSessions(context: Context, rows: readonly SessionRow[]): Promise<SessionView[]> {
  const nodes = await nodesOf(context, rows);
  return Promise.all(rows.map((row) => describe(context, row, nodes.get(row.nodeId))));
}

/** The nodes that sessions are on: one is looked up, many are read together. */
async function nodesOf(context: Context, rows: readonly SessionRow[]): Promise<ReadonlyMap<string, KnownNode>> {
  const ids = [...new Set(rows.map(({ nodeId }) => nodeId))];
  if (ids.length > 20) return nodeStatuses(context);
  const found = await Promise.all(ids.map((id) => nodeById(context.store, id)));
  return new Map(
    found.flatMap((row) => (row === undefined ? [] : [[row.id, { row, status: statusOf(context, row) }]])),
  );
}

async function describe(context: Context, row: SessionRow, node: KnownNode | undefined): Promise<SessionView> {
  return sessionView(row, {
    nodeName: node?.row.name ?? row.nodeId,
    node: node?.status ?? { status: "offline", reason: "offline: not known" },
    treeCostMicroUsd: await treeCost(context.store, row.nodeId, row.id),
    open: await openInteractionsOf(context.store, row.nodeId, row.id),
    now: context.clock.now(),
  });
}
