import { cancelCommand, type CommandRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";

/**
 * Cancels a command that is queued, and asks its node to cancel one that was sent. Returns the command as it is then;
 * undefined where there is none.
 */
export async function requestCancel(context: Context, id: string): Promise<CommandRow | undefined> {
  const found = await cancelCommand(context.store, id, context.clock.now());
  if (found === undefined) return undefined;
  const { command } = found;
  // behind the command, which may have to wait itself; without a link it hears of it when it comes back
  if (command.state === "sent") context.links.get(command.nodeId)?.sendInTurn(() => ({ type: "cancel", id }));
  return command;
}
