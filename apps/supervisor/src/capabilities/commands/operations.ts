import { HalError, isFinal } from "@hal/protocol";
import { commandsByPrefix, listCommands } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import { commandView } from "./command-view.ts";
import { meantBy } from "../../operations/by-prefix.ts";
import type { Handler } from "../../operations/handler.ts";
import { describeCommand } from "./describe-command.ts";
import { awaitOutcome } from "./issue-command.ts";
import { requestCancel } from "./request-cancel.ts";
import { Page } from "../../operations/page.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { resolveSession } from "../references/resolve-session.ts";

const list: Handler<"commands.list", Context> = async (context, input) => {
  const rows = await listCommands(context.store, {
    nodeId: input.node === undefined ? undefined : (await resolveNode(context, input.node)).row.id,
    session: input.session === undefined ? undefined : await resolveSession(context, input.session),
    state: input.state,
    after: parsePlace(input.cursor),
    limit: input.limit + 1,
  });
  const nodes = await nodeStatuses(context);
  return Page.of(rows, input.limit, ({ createdAt, id }) => formatPlace({ at: createdAt, nodeId: "", id })).map((row) =>
    commandView(row, context.clock.now(), nodes.get(row.nodeId)?.status),
  );
};

const get: Handler<"commands.get", Context> = async (context, { id: ref, wait_ms }, { signal }) => {
  const id = await resolveCommand(context, ref);
  return describeCommand(context, await awaitOutcome(context, id, wait_ms, signal));
};

/** The command that a person means: by id or unique prefix. */
async function resolveCommand(context: Context, ref: string): Promise<string> {
  const what = { noun: "command", list: "halctl commands list" };
  return meantBy(ref, await commandsByPrefix(context.store, ref), what).id;
}

const cancel: Handler<"commands.cancel", Context> = async (context, { id: ref, wait_ms }, { signal }) => {
  const id = await resolveCommand(context, ref);
  const command = await requestCancel(context, id);
  if (command === undefined) throw new HalError("not_found", `no command ${id}; see: halctl commands list`);
  if (command.state === "cancelled") return describeCommand(context, command);
  if (command.state !== "sent")
    throw new HalError(
      "conflict",
      isFinal(command.state)
        ? `the command has its outcome already: ${command.state}`
        : "the command is under way; stop the session's turn instead: halctl sessions abort",
    );
  const isThere = context.links.get(command.nodeId) !== undefined;
  return describeCommand(context, await awaitOutcome(context, id, isThere ? wait_ms : 0, signal));
};

export const commandHandlers = { "commands.list": list, "commands.get": get, "commands.cancel": cancel };
