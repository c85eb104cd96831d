import type { CommandOutput } from "@hal/protocol";
import type { Context } from "./context.ts";
import type { Handler } from "../../operations/handler.ts";
import { describeCommand } from "../commands/describe-command.ts";
import { issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { resolveNode } from "../nodes/resolve-node.ts";

/** Asks a node itself how it is, by a command. */
const check: Handler<"nodes.check", Context> = async (context, input, caller) => {
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

export const checkNodeHandlers = { "nodes.check": check };
