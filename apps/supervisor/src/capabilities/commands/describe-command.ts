import type { CommandView } from "@hal/protocol";
import { type CommandRow, nodeById } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { statusOf } from "../nodes/node-statuses.ts";
import { commandView } from "./command-view.ts";

/** A command as people see it. */
export async function describeCommand(context: Context, row: CommandRow): Promise<CommandView> {
  const node = await nodeById(context.store, row.nodeId);
  return commandView(row, context.clock.now(), node === undefined ? undefined : statusOf(context, node));
}
