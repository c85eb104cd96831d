import { beginsWork, type CommandFrame, isCommandType, isStanding, NO_DEADLINE_MS } from "@hal/protocol";
import {
  type CommandRow,
  expireQueued,
  failLost,
  recordSent,
  recordUnsent,
  openCommandsOf,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { AgentLink } from "../nodes/link.ts";

/**
 * Sends a node everything it still owes an outcome for, in the order in which it was asked; what was sent to a life
 * of its outbox that is lost fails instead (protocol §5.2).
 */
export async function deliverOpenCommands(context: Context, link: AgentLink): Promise<void> {
  const now = context.clock.now();
  const open = await openCommandsOf(context.store, link.nodeId);
  const isLost = ({ state, sentEpoch }: CommandRow): boolean => state !== "queued" && sentEpoch !== link.epoch;
  if (open.some(isLost)) await failLost(context.store, link.nodeId, link.epoch, now);
  const isOver = ({ state, deadlineAt }: CommandRow): boolean =>
    state === "queued" && deadlineAt !== null && deadlineAt <= now;
  // what begins something waits until its node was told what it may spend: it is delivered then
  const isEarly = ({ type }: CommandRow): boolean => isBeginning(type) && !context.beginGate.isReady(link);
  const left = open.filter((command) => !isLost(command) && !isOver(command) && !isEarly(command));
  // what stops something comes before whatever would begin something
  const owed = left.toSorted((one, other) => Number(isStanding(other.type)) - Number(isStanding(one.type)));
  const queued = owed.filter(({ state }) => state === "queued").map(({ id }) => id);
  if (queued.length > 0) await recordSent(context.store, queued, link.epoch, now);
  for (const command of owed) send(context, link, command);
}

/** Sends a command that was committed as sent to `epoch`; without a link to that life of the outbox it is queued again. */
export async function deliverCommand(context: Context, command: CommandRow): Promise<void> {
  const link = context.links.get(command.nodeId);
  if (link !== undefined && link.epoch === command.sentEpoch) {
    send(context, link, command);
    return;
  }
  await recordUnsent(context.store, command.id);
  if (link !== undefined) await deliverOpenCommands(context, link);
}

function isBeginning(type: string): boolean {
  return isCommandType(type) && beginsWork(type);
}

function send(context: Context, link: AgentLink, command: CommandRow): void {
  link.sendInTurn(() => ({
    type: "command",
    id: command.id,
    command: command.type,
    args: command.args,
    remainingMs: command.deadlineAt === null ? NO_DEADLINE_MS : Math.max(0, command.deadlineAt - context.clock.now()),
    ...keyOf(command),
    ...traceOf(context.commandSpans.sent(command.id)),
  }));
  if (command.cancelRequestedAt !== null) link.sendInTurn(() => ({ type: "cancel", id: command.id }));
}

function keyOf({ keyHash, payloadHash }: CommandRow): Pick<CommandFrame, "key"> {
  return keyHash === null || payloadHash === null ? {} : { key: { hash: keyHash, payload: payloadHash } };
}

function traceOf(traceparent: string | undefined): { readonly traceparent?: string } {
  return traceparent === undefined ? {} : { traceparent };
}

/** Ends the queued commands whose deadline has passed. */
export async function expireCommands({ store, clock }: Context): Promise<void> {
  await expireQueued(store, clock.now());
}
