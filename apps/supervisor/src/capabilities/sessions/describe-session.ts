import type { ProjectReport, SessionView } from "@hal/protocol";
import {
  healthOf,
  limitsOf,
  nodeById,
  openInteractionsOn,
  pendingPrompts,
  type SessionRow,
  stalledOn,
  treeCosts,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { actsOn, stopsOf } from "../commands/acts-under-way.ts";
import { sharedBy } from "./claims.ts";
import { sessionView } from "./views.ts";
import { type KnownNode, nodeStatuses, statusOf } from "../nodes/node-statuses.ts";

/** Sessions as people see them. */
export async function describeSessions(context: Context, rows: readonly SessionRow[]): Promise<SessionView[]> {
  const { store, clock } = context;
  const nodes = await nodesOf(context, rows);
  const costs = await treeCosts(store, rows);
  const open = await openInteractionsOn(store, [...nodes.keys()]);
  const health = await healthOf(store, rows);
  const pending = Map.groupBy(await pendingPrompts(store, { nodeIds: [...nodes.keys()] }), keyOf);
  const stalled = Map.groupBy(await stalledOn(store, [...nodes.keys()]), keyOf);
  const shared = await sharedBy(context, rows, nodes);
  const acts = await actsOn(context, nodes.keys());
  const now = clock.now();
  const failed = rows.filter(({ status }) => status === "error");
  const limits = await limitsOf(store, failed, now);
  return rows.map((row) => {
    const node = nodes.get(row.nodeId);
    return sessionView(row, {
      nodeName: node?.row.name ?? row.nodeId,
      node: node?.status ?? { status: "offline", reason: "offline: not known" },
      projects: (node?.row.projects ?? []) as ProjectReport[],
      treeCostMicroUsd: costs.get(`${row.nodeId}/${row.id}`) ?? 0,
      // its own, and those of the sessions below it
      open: open.filter(
        (asked) => asked.nodeId === row.nodeId && (asked.sessionId === row.id || asked.rootSessionId === row.id),
      ),
      stops: stopsOf(row, acts),
      shared: shared.get(`${row.nodeId}/${row.id}`) ?? [],
      health: health.get(`${row.nodeId}/${row.id}`),
      healthLimits: context.healthLimits,
      pending: pending.get(`${row.nodeId}/${row.id}`) ?? [],
      stalled: stalled.get(`${row.nodeId}/${row.id}`) ?? [],
      limitUntil: limits.get(`${row.nodeId}/${row.id}`),
      now,
    });
  });
}

function keyOf({ nodeId, sessionId }: { readonly nodeId: string; readonly sessionId: string | null }): string {
  return `${nodeId}/${sessionId ?? ""}`;
}

/** The nodes that sessions are on: one is looked up, many are read together. */
async function nodesOf(context: Context, rows: readonly SessionRow[]): Promise<ReadonlyMap<string, KnownNode>> {
  const ids = [...new Set(rows.map(({ nodeId }) => nodeId))];
  if (ids.length > 20) return nodeStatuses(context);
  const found = await Promise.all(ids.map((id) => nodeById(context.store, id)));
  return new Map(
    found.flatMap((row) =>
      row === undefined ? [] : [[row.id, { row, status: statusOf(context, row), replacedBy: undefined }]],
    ),
  );
}
