import { HOLD_FEATURE, type HoldView, type KeptHoldView, type ProjectReport, releaseCommand } from "@hal/protocol";
import type { NodeRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Hold } from "./held.ts";
import { featuresOf, type KnownNode, nodeNamer, nodeStatuses } from "./node-statuses.ts";
import { time } from "../../domain/time.ts";

/** So many nodes are named that do not keep a hold. */
const MOST_LACKING = 100;

/** Holds as people see them, each with what releases it. */
export async function holdViews(context: Context, holds: readonly Hold[]): Promise<HoldView[]> {
  const isOfNode = holds.some(({ nodeId }) => nodeId !== null);
  const nameNode = nodeNamer(isOfNode ? await nodeStatuses(context) : new Map<string, KnownNode>());
  return holds.map((hold) => holdView(hold, nameNode));
}

/** The same, and the nodes whose agents do not keep it. */
export async function keptHoldViews(context: Context, holds: readonly Hold[]): Promise<KeptHoldView[]> {
  if (holds.length === 0) return [];
  const nodes = await nodeStatuses(context);
  const nameNode = nodeNamer(nodes);
  return holds.map((hold) => ({
    ...holdView(hold, nameNode),
    lacking: [...nodes.values()]
      .filter((node) => concerns(hold, node))
      .flatMap((node) => {
        const reason = lackOf(context, hold, node);
        return reason === undefined ? [] : [{ node: nameNode(node.row.id), reason }];
      })
      .slice(0, MOST_LACKING),
  }));
}

/** Whether a hold keeps something on a node back: of a project only where the node has it. */
export function concernsNode(
  hold: { readonly node_id: string | null; readonly project: string | null },
  { id, projects }: Pick<NodeRow, "id" | "projects">,
): boolean {
  if (hold.node_id !== null && hold.node_id !== id) return false;
  return hold.project === null || (projects as ProjectReport[]).some(({ name }) => name === hold.project);
}

function holdView({ id, nodeId, project, createdAt, createdBy }: Hold, nameNode: (id: string) => string): HoldView {
  const node = nodeId === null ? null : nameNode(nodeId);
  const release = releaseCommand({ node, project });
  return { id, node, node_id: nodeId, project, since: time(createdAt), by: createdBy, release };
}

/** A node that another one has taken the place of comes no more. */
function concerns({ nodeId, project }: Hold, { row, replacedBy }: KnownNode): boolean {
  return replacedBy === undefined && concernsNode({ node_id: nodeId, project }, row);
}

/** Why a node does not keep a hold itself; undefined where it does. */
function lackOf(context: Context, { id }: Hold, { row, status }: KnownNode): string | undefined {
  const link = context.links.get(row.id);
  if (!featuresOf(context, row).includes(HOLD_FEATURE))
    return "its agent is too old to hold anything itself: upgrade it; the supervisor alone refuses what begins work there";
  if (link === undefined) return `it is away, and holds when it is back: ${status.reason}`;
  return link.report.holds.includes(id) ? undefined : "its agent has not said yet that it keeps it";
}
