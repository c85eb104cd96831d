import { HalError, type HoldView, type NodeView } from "@hal/protocol";
import { type NodeRemoved, type NodeRow, removeNode } from "@hal/store/supervisor";
import type { Handler } from "../../operations/handler.ts";
import { briefHolds } from "./brief-holds.ts";
import type { Context } from "./context.ts";
import { concernsNode, holdViews } from "./hold-views.ts";
import { nodeView } from "./node-view.ts";
import { time } from "../../domain/time.ts";
import { type KnownNode, knownNodeById, nodeStatuses } from "./node-statuses.ts";
import { tokenRoleOf } from "./node-credential.ts";
import { resolveNode } from "./resolve-node.ts";

const list: Handler<"nodes.list", Context> = async (context) => {
  const holds = await holdViews(context, context.held.standing);
  return [...(await nodeStatuses(context)).values()].map((node) => view(context, node, holds));
};

const get: Handler<"nodes.get", Context> = async (context, { id }) => viewNow(context, await resolveNode(context, id));

async function viewNow(context: Context, node: KnownNode): Promise<NodeView> {
  return view(context, node, await holdViews(context, context.held.standing));
}

function view(context: Context, node: KnownNode, standing: readonly HoldView[]): NodeView {
  const { id } = node.row;
  const live = context.links.get(id)?.report;
  const differences = context.differences.of(id);
  const holds = standing.filter((hold) => concernsNode(hold, node.row));
  return nodeView(node, { live, differences, holds, tokenRole: tokenRoleOf(context, node.row) });
}

const refused: Handler<"nodes.refused", Context> = async ({ refusedAgents }) =>
  refusedAgents.list().map(({ at, count, address, nodeId, code, reason }) => ({
    last_at: time(at),
    count,
    address: address ?? null,
    node_id: nodeId ?? null,
    code,
    reason,
  }));

const remove: Handler<"nodes.remove", Context> = async (context, { id, online }) => {
  const { row } = await resolveNode(context, id);
  const link = context.links.get(row.id);
  if (link !== undefined && !online)
    throw new HalError(
      "conflict",
      `${row.name} is connected, and would come back as a new node: stop its agent or revoke its token first, or say --online`,
    );
  link?.close(1008, "this node was removed");
  const gone = await takeAway(context, row);
  return { id: row.id, name: row.name, ...gone };
};

const replace: Handler<"nodes.replace", Context> = async (context, { id, by, unlike }) => {
  const { row, replacedBy } = await resolveNode(context, id);
  const heir = await resolveNode(context, by);
  if (heir.row.id === row.id) throw new HalError("bad_request", "a node cannot take its own place; name two nodes");
  if (context.links.get(row.id) !== undefined)
    throw new HalError("conflict", `${row.name} is connected: nobody has taken its place; stop its agent first`);
  if (replacedBy !== heir.row.id && !unlike)
    throw new HalError(
      "conflict",
      `${heir.row.name} does not look like the same node: another host, no project in the same directory, or both were there at once; say --unlike where you know better`,
    );
  const gone = await takeAway(context, row, heir.row.id);
  await context.links.get(heir.row.id)?.deliverOwed();
  return { node: await viewNow(context, (await knownNodeById(context, heir.row.id)) ?? heir), ...gone };
};

async function takeAway(context: Context, { id, name, hostname }: NodeRow, heirId?: string): Promise<NodeRemoved> {
  const gone = await removeNode(context.store, { nodeId: id, heirId }, context.clock.now());
  if (gone === undefined) throw new HalError("not_found", `no node ${name}; see: halctl nodes list`);
  context.differences.forget(id);
  await context.held.refresh();
  briefHolds(context);
  context.log.warn({ node: id, host: hostname, by: heirId, ...gone }, "node removed");
  return gone;
}

export const nodeHandlers = {
  "nodes.list": list,
  "nodes.get": get,
  "nodes.refused": refused,
  "nodes.remove": remove,
  "nodes.replace": replace,
};
