import { createHash } from "node:crypto";
import { beginsWork, type CommandArgs, type CommandType, HalError, isFinal, LIMITS } from "@hal/protocol";
import { newUuid } from "@hal/daemon";
import {
  commandById,
  commandOfKey,
  type CommandRow,
  type IdempotencyKey,
  queueCommand,
  type Queued,
} from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Caller } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { heldFailure } from "./refuse-held.ts";
import { refuseUnshaped } from "./refuse-unshaped.ts";
import { deliverCommand } from "./deliver-commands.ts";

/** What a command is for and how long its caller waits for the outcome. */
export interface CommandRequest<T extends CommandType> {
  readonly type: T;
  readonly args: CommandArgs<T>;
  readonly nodeId: string;
  readonly project?: string | undefined;
  readonly sessionId?: string | undefined;
  /** undefined where it waits until it is done or cancelled */
  readonly deadlineMs: number | undefined;
  readonly waitMs: number;
  /** puts it into the queue, where more is looked at in that transaction than commands know of; throws where it does not belong there */
  readonly queue?: (command: CommandRow, key: IdempotencyKey | undefined) => Promise<Queued>;
}

/** For whom a command is issued: somebody who asks, or the supervisor itself. */
export type Issuer = Pick<Caller, "actor" | "signal" | "operation" | "rawInput" | "idempotencyKey">;

/** Queues a command, sends it if its node is there, and waits for its outcome up to `waitMs`. */
export async function issueCommand<T extends CommandType>(
  context: Context,
  caller: Issuer,
  request: CommandRequest<T>,
): Promise<CommandRow> {
  refuseTooLarge(request.args);
  await refuseUnshaped(context, request.nodeId, request.args);
  const overBudget = beginsWork(request.type) ? await admission(context, caller, request) : undefined;
  if (overBudget !== undefined) throw overBudget;
  const refusal = beginsWork(request.type) ? heldFailure(context, request) : undefined;
  if (refusal !== undefined) throw await refusal;
  // from here to the queue nothing is waited for: a hold that is made meanwhile finds the command there
  const now = context.clock.now();
  // one that can go out at once is committed as sent: it is one commit less, and a command that may have gone out never expires
  const link = context.links.get(request.nodeId);
  const key = idempotencyOf(caller);
  const row: CommandRow = {
    id: `cmd_${newUuid()}`,
    type: request.type,
    nodeId: request.nodeId,
    project: request.project ?? null,
    sessionId: request.sessionId ?? null,
    actor: caller.actor,
    args: request.args,
    state: link === undefined ? "queued" : "sent",
    output: null,
    error: null,
    createdAt: now,
    deadlineAt: request.deadlineMs === undefined ? null : now + request.deadlineMs,
    sentAt: link === undefined ? null : now,
    sentEpoch: link?.epoch ?? null,
    cancelRequestedAt: null,
    ...keptKey(request.type, key),
    finishedAt: null,
  };
  const queued = await (request.queue?.(row, key) ?? queueCommand(context.store, row, key));
  const command = unlessConflict(queued);
  if (queued.kind === "new") {
    context.commandSpans.queued(command);
    context.log.info(
      { command: command.id, type: command.type, node: command.nodeId, actor: caller.actor },
      "command queued",
    );
    if (command.state === "sent" || context.links.get(command.nodeId) !== undefined)
      await deliverCommand(context, command);
  }
  return awaitOutcome(context, command.id, request.waitMs, caller.signal);
}

/** Why there is no room for what would begin; what the caller's key stands for already began, or was refused, at its time. */
async function admission<T extends CommandType>(
  context: Context,
  caller: Issuer,
  request: CommandRequest<T>,
): Promise<HalError | undefined> {
  const key = idempotencyOf(caller);
  if (key !== undefined && (await commandOfKey(context.store, key)) !== undefined) return undefined;
  return context.beginGate.admit(request);
}

/** What fits into a request may not fit into a frame any more, and a frame above the limit would end the link each time. */
export function refuseTooLarge(args: unknown): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(args));
  if (sizeBytes <= LIMITS.commandBytes) return;
  throw new HalError(
    "payload_too_large",
    `a command may have ${LIMITS.commandBytes} bytes and this one has ${sizeBytes}; put long texts into a file of the project`,
  );
}

/**
 * Makes a command, or, where the caller's key stands for one already, waits for that one: a repeated request
 * resolves nothing anew, whatever the names in it mean by now.
 */
export async function oncePerKey(
  context: Context,
  caller: Issuer,
  waitMs: number,
  make: () => Promise<CommandRow>,
): Promise<CommandRow> {
  const key = idempotencyOf(caller);
  const known = key === undefined ? undefined : await commandOfKey(context.store, key);
  return known === undefined ? make() : awaitOutcome(context, unlessConflict(known).id, waitMs, caller.signal);
}

/** What its node keeps of a key, so that it answers for a supervisor that was restored; what may be done twice needs none. */
function keptKey(type: CommandType, key: IdempotencyKey | undefined): Pick<CommandRow, "keyHash" | "payloadHash"> {
  if (key === undefined || !ONCE.has(type)) return { keyHash: null, payloadHash: null };
  const keyHash = createHash("sha256")
    .update(JSON.stringify([key.actor, key.key]))
    .digest("hex");
  return { keyHash, payloadHash: key.payloadHash };
}

const ONCE: ReadonlySet<CommandType> = new Set([
  "session.start",
  "session.prompt",
  "session.restart",
  "interaction.answer",
]);

function unlessConflict(queued: Queued): CommandRow {
  if (queued.kind === "taken") {
    const { actor, id } = queued.command;
    const { reply } = queued.command.args as { readonly reply?: string };
    throw new HalError(
      "conflict",
      `${actor} has answered it already (${String(reply)}), and that answer is under way; take it back first: halctl commands cancel ${id}`,
      { details: { command: id, actor } },
    );
  }
  if (queued.kind === "conflict") throw keyWasUsed();
  return queued.command;
}

/** The command when it has its outcome, or as it is after `waitMs`. */
export async function awaitOutcome(
  context: Context,
  id: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<CommandRow> {
  const limit = AbortSignal.any([signal, context.stopping, AbortSignal.timeout(Math.max(0, waitMs))]);
  for (;;) {
    const woken = context.events.arm(limit);
    const command = await commandById(context.store, id);
    if (command === undefined) throw new HalError("not_found", `no command ${id}; see: halctl commands list`);
    if (isFinal(command.state) || limit.aborted || waitMs === 0) return command;
    await woken;
  }
}
