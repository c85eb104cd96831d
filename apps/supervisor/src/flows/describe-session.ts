import type { SessionView } from "@hal/protocol";
import { openInteractionsOf, type SessionRow, treeCost } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { sessionView } from "./views.ts";
import { type KnownNode, nodeStatuses } from "./node-statuses.ts";

/** Sessions as people see them. */
export async function describeSessions(context: Context, rows: readonly SessionRow[]): Promise<SessionView[]> {
  const nodes = await nodeStatuses(context);
  return Promise.all(rows.map((row) => describe(context, row, nodes.get(row.nodeId))));
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
