import type { CommandOutput } from "@hal/protocol";
import type { Handler } from "../dispatch.ts";
import type { Context } from "../../context.ts";
import { commandView, nodeView } from "../views.ts";
import { type KnownNode, nodeStatuses } from "../node-statuses.ts";
import { awaitOutcome, earlierCommand, issueCommand } from "../issue-command.ts";
import { resolveNode } from "../resolve-node.ts";

const list: Handler<"nodes.list"> = async (context) =>
  [...(await nodeStatuses(context)).values()].map((node) => view(context, node));

const get: Handler<"nodes.get"> = async (context, { id }) => view(context, await resolveNode(context, id));

function view(context: Context, { row, status }: KnownNode) {
  return nodeView(row, status, context.links.get(row.id)?.report);
}

const check: Handler<"nodes.check"> = async (context, input, caller) => {
  const { row, status } = await resolveNode(context, input.id);
  const earlier = await earlierCommand(context, caller);
  const command =
    earlier === undefined
      ? await issueCommand(context, caller, {
          type: "node.status",
          args: {},
          nodeId: row.id,
          deadlineMs: input.deadline_ms,
          waitMs: input.wait_ms,
        })
      : await awaitOutcome(context, earlier.id, input.wait_ms, caller.signal);
  return {
    command: commandView(command, context.clock.now(), status),
    status: command.output as CommandOutput<"node.status"> | null,
  };
};

export const nodeHandlers = { "nodes.list": list, "nodes.get": get, "nodes.check": check };
