import type { OpencodeReport, ProjectReport, SessionStatus } from "@hal/protocol";
import { allNodes, nodeById, type NodeRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { replacements } from "./domain/replacement.ts";
import { type Liveness, type NodeFacts, nodeStatus, type NodeStatus } from "./domain/node-status.ts";

/** A node's row with its status as of now. */
export interface KnownNode {
  readonly row: NodeRow;
  readonly status: NodeStatus;
  /** the node that has taken its place, as far as can be seen */
  readonly replacedBy: string | undefined;
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

/** What its agent can do, as that says of itself; where it is away, what it said last. */
export function featuresOf(
  { links }: Pick<Context, "links">,
  row: Pick<NodeRow, "id" | "features">,
): readonly string[] {
  return links.get(row.id)?.features ?? (Array.isArray(row.features) ? (row.features as string[]) : []);
}

/** All nodes by id, each with its status. */
export async function nodeStatuses(context: Context): Promise<Map<string, KnownNode>> {
  const rows = await allNodes(context.store);
  const heirs = replacements(
    rows.map((row) => ({
      ...row,
      projects: row.projects as ProjectReport[],
      isConnected: context.links.get(row.id) !== undefined,
    })),
  );
  return new Map(rows.map((row) => [row.id, { row, status: statusOf(context, row), replacedBy: heirs.get(row.id) }]));
}

/** One node by its id. */
export async function knownNodeById(context: Context, id: string): Promise<KnownNode | undefined> {
  const row = await nodeById(context.store, id);
  if (row === undefined) return undefined;
  // one that is connected was replaced by nobody
  if (context.links.get(id) !== undefined) return { row, status: statusOf(context, row), replacedBy: undefined };
  return (await nodeStatuses(context)).get(id);
}

/** Those that nobody has taken the place of: they are meant wherever one of both is; all where there are no others. */
export function living<T>(all: readonly T[], nodeOf: (one: T) => KnownNode | undefined): readonly T[] {
  const found = all.filter((one) => nodeOf(one)?.replacedBy === undefined);
  return found.length > 0 ? found : all;
}

/** What can be typed as it is, without quotes and without looking twice. */
const TYPABLE = /^[\p{L}\p{N}._:@-]+$/u;

/** How a node can be typed so that it alone is meant: by its name, or by its id where others are called so, too, or nobody can type it. */
export function nodeNamer(nodes: ReadonlyMap<string, KnownNode>): (nodeId: string) => string {
  const count = new Map<string, number>();
  for (const { row, replacedBy } of nodes.values())
    if (replacedBy === undefined)
      for (const name of new Set([row.name, row.hostname])) count.set(name, (count.get(name) ?? 0) + 1);
  return (nodeId) => {
    const node = nodes.get(nodeId);
    if (node === undefined || node.replacedBy !== undefined || !TYPABLE.test(node.row.name)) return nodeId;
    return count.get(node.row.name) === 1 ? node.row.name : nodeId;
  };
}

/** The status that people see of sessions that have one status in a project of a node. */
export function statusSeen(
  { project, status }: { readonly project: string; readonly status: SessionStatus },
  node: KnownNode | undefined,
): SessionStatus {
  if (status === "ended" || node === undefined) return status;
  if (node.status.status === "offline") return "unreachable";
  if (node.status.withoutOpencode !== undefined && status !== "error") return "unreachable";
  const problem = (node.row.projects as ProjectReport[]).find(({ name }) => name === project)?.problem;
  return problem === undefined || problem.sessions !== undefined ? status : "unreachable";
}
