import type { OpencodeReport, ProjectReport, SessionStatus } from "@hal/protocol";
import { allNodes, type NodeRow } from "@hal/store/supervisor";
import type { Context } from "../context.ts";
import { type Liveness, type NodeFacts, nodeStatus, type NodeStatus } from "../domain/node-status.ts";

/** A node's row with its status as of now. */
export interface KnownNode {
  readonly row: NodeRow;
  readonly status: NodeStatus;
}

export function livenessOf(context: Context): Liveness {
  return { now: context.clock.now(), ...context.heartbeat, listeningSince: context.startedAt };
}

/** What a row and its live link say together. */
export function nodeFacts(context: Context, row: NodeRow): NodeFacts {
  const link = context.links.get(row.id);
  return {
    connected: link !== undefined,
    connectedAt: row.connectedAt,
    lastHeartbeatAt: link?.report.at ?? row.lastHeartbeatAt,
    disconnectedAt: row.disconnectedAt,
    disconnectReason: row.disconnectReason,
    opencode: link?.report.opencode ?? (row.opencode as OpencodeReport),
    projects: row.projects as ProjectReport[],
  };
}

export function statusOf(context: Context, row: NodeRow): NodeStatus {
  return nodeStatus(nodeFacts(context, row), livenessOf(context));
}

/** All nodes by id, each with its status. */
export async function nodeStatuses(context: Context): Promise<Map<string, KnownNode>> {
  const rows = await allNodes(context.store);
  return new Map(rows.map((row) => [row.id, { row, status: statusOf(context, row) }]));
}

/** The status that people see of sessions that have one status in a project of a node. */
export function statusSeen(
  { project, status }: { readonly project: string; readonly status: SessionStatus },
  node: KnownNode | undefined,
): SessionStatus {
  if (status === "ended" || node === undefined) return status;
  if (node.status.status === "offline") return "unreachable";
  const problem = (node.row.projects as ProjectReport[]).find(({ name }) => name === project)?.problem;
  return problem === undefined || problem.sessions !== undefined ? status : "unreachable";
}
