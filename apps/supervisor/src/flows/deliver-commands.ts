import { type CommandRow, expireQueued, noteSent, openCommandsOf } from "@hal/store/supervisor";
import type { AgentLink, Context } from "../context.ts";

/** Sends a node everything it still owes an outcome for, in the order in which it was asked (protocol §5.2). */
export async function deliverOpenCommands(context: Context, link: AgentLink): Promise<void> {
  for (const command of await openCommandsOf(context.store, link.nodeId)) {
    if (command.state === "queued" && command.deadlineAt <= context.clock.now()) continue;
    await deliver(context, link, command);
  }
}

/** Sends one command, if its node is connected. */
export async function deliverCommand(context: Context, command: CommandRow): Promise<void> {
  const link = context.links.get(command.nodeId);
  if (link !== undefined) await deliver(context, link, command);
}

async function deliver(context: Context, link: AgentLink, command: CommandRow): Promise<void> {
  const now = context.clock.now();
  await noteSent(context.store, command.id, now);
  link.send({
    type: "command",
    id: command.id,
    command: command.type,
    args: command.args,
    remainingMs: Math.max(0, command.deadlineAt - now),
  });
}

/** Ends the queued commands whose deadline has passed, and wakes those who wait for them. */
export async function expireCommands(context: Context): Promise<void> {
  const now = context.clock.now();
  const expired = await expireQueued(context.store, now);
  if (expired.length === 0) return;
  for (const command of expired) {
    context.metrics.eventAppended("command.expired");
    context.metrics.commandFinished(command.type, "expired", Math.max(0, now - command.createdAt) / 1000);
  }
  context.wakeup.notify();
}
