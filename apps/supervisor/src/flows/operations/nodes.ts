import type { Handler } from "../dispatch.ts";
import type { Context } from "../../context.ts";
import { nodeView } from "../views.ts";
import { type KnownNode, nodeStatuses } from "../node-statuses.ts";
import { resolveNode } from "../resolve-node.ts";

const list: Handler<"nodes.list"> = async (context) =>
  [...(await nodeStatuses(context)).values()].map((node) => view(context, node));

const get: Handler<"nodes.get"> = async (context, { id }) => view(context, await resolveNode(context, id));

function view(context: Context, { row, status }: KnownNode) {
  return nodeView(row, status, context.links.get(row.id)?.report);
}

export const nodeHandlers = { "nodes.list": list, "nodes.get": get };
