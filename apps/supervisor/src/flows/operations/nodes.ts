import type { CommandOutput } from "@hal/protocol";
import type { Handler } from "../dispatch.ts";
import type { Context } from "../../context.ts";
import { describeCommand } from "../describe-command.ts";
import { nodeView } from "../node-view.ts";
import { type KnownNode, nodeStatuses } from "../node-statuses.ts";
import { issueCommand, oncePerKey } from "../issue-command.ts";
import { resolveNode } from "../resolve-node.ts";

const list: Handler<"nodes.list"> = async (context) =>
  [...(await nodeStatuses(context)).values()].map((node) => view(context, node));

const get: Handler<"nodes.get"> = async (context, { id }) => view(context, await resolveNode(context, id));

function view(context: Context, { row, status }: KnownNode) {
  return nodeView(row, status, context.links.get(row.id)?.report);
}

const check: Handler<"nodes.check"> = async (context, input, caller) => {
  const { row } = await resolveNode(context, input.id);
  const command = await oncePerKey(context, caller, input.wait_ms, () =>
    issueCommand(context, caller, {
      type: "node.status",
      args: {},
      nodeId: row.id,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
    }),
  );
  return {
    command: await describeCommand(context, command),
    status: command.output as CommandOutput<"node.status"> | null,
  };
};

export const nodeHandlers = { "nodes.list": list, "nodes.get": get, "nodes.check": check };
