import { listCommands } from "@hal/store/supervisor";
import { commandView } from "../views.ts";
import type { Handler } from "../dispatch.ts";
import { describeCommand } from "../describe-command.ts";
import { awaitOutcome } from "../issue-command.ts";
import { nodeStatuses } from "../node-statuses.ts";
import { resolveNode } from "../resolve-node.ts";
import { resolveSession } from "../resolve-session.ts";

const list: Handler<"commands.list"> = async (context, input) => {
  const rows = await listCommands(context.store, {
    nodeId: input.node === undefined ? undefined : (await resolveNode(context, input.node)).row.id,
    sessionId: input.session === undefined ? undefined : (await resolveSession(context, input.session)).id,
    state: input.state,
    limit: input.limit,
  });
  const nodes = await nodeStatuses(context);
  return rows.map((row) => commandView(row, context.clock.now(), nodes.get(row.nodeId)?.status));
};

const get: Handler<"commands.get"> = async (context, { id, wait_ms }, { signal }) => {
  return describeCommand(context, await awaitOutcome(context, id, wait_ms, signal));
};

export const commandHandlers = { "commands.list": list, "commands.get": get };
