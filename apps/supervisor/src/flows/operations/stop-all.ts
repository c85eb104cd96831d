import { isFinal, type StopAllView } from "@hal/protocol";
import {
  childrenOf,
  type CommandRow,
  openCommands,
  sessionById,
  type SessionRow,
  sessionsAtWork,
} from "@hal/store/supervisor";
import type { Context } from "../../context.ts";
import { describeCommand } from "../describe-command.ts";
import { describeSessions } from "../describe-session.ts";
import type { Caller, Handler } from "../dispatch.ts";
import { awaitOutcome, issueCommand } from "../issue-command.ts";
import { requestCancel } from "../request-cancel.ts";
import { resolveNode } from "../resolve-node.ts";

const AT_WORK: ReadonlySet<string> = new Set(["starting", "busy", "waiting", "retrying"]);

/** How long after its outcome a node may take to tell that the turn is over. */
const REST_MS = 5_000;

const MOST_CHILDREN = 100;

/** What a start that had begun brought about meanwhile is stopped in another round. */
const ROUNDS = 3;

type Stopped = StopAllView["sessions"][number];

interface Scope {
  readonly nodeId: string | undefined;
  readonly project: string | undefined;
}

const stopAll: Handler<"sessions.stopAll"> = async (context, input, caller) => {
  const nodeId = input.node === undefined ? undefined : (await resolveNode(context, input.node)).row.id;
  const scope = { nodeId, project: input.project };
  const until = context.clock.monotonic() + input.wait_ms;
  const { cancelled, begun } = await cancelNotBegun(context, scope);
  const done = new Map<string, Stopped>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = tops(await sessionsAtWork(context.store, scope)).filter(
      (row) => done.get(keyOf(row))?.stopped !== false,
    );
    if (found.length === 0 && round > 0) break;
    const limits = { until, deadlineMs: input.deadline_ms, round };
    const stopped = await Promise.all(found.map((row) => stop(context, caller, row, limits)));
    for (const [index, row] of found.entries()) done.set(keyOf(row), stopped[index] as Stopped);
    if (round === 0) cancelled.push(...(await settle(context, caller, begun, until)));
  }
  return { sessions: [...done.values()], cancelled };
};

/** Prompts and starts that no node has begun are taken back; `begun` are those of which that is not known yet. */
async function cancelNotBegun(context: Context, scope: Scope) {
  const cancelled: string[] = [];
  const begun: CommandRow[] = [];
  for (const command of await openCommands(context.store)) {
    if (!isMeant(command, scope) || (command.type !== "session.prompt" && command.type !== "session.start")) continue;
    const after = await requestCancel(context, command.id);
    if (after?.state === "cancelled") cancelled.push(command.id);
    else if (context.links.get(command.nodeId) !== undefined) begun.push(command);
  }
  return { cancelled, begun };
}

/** Waits a moment for what nodes had in hand already; what comes of it is at work then. Returns what they cancelled. */
async function settle(
  context: Context,
  { signal }: Caller,
  begun: readonly CommandRow[],
  until: number,
): Promise<string[]> {
  const waitMs = Math.max(0, Math.min(REST_MS, Math.round(until - context.clock.monotonic())));
  const ended = await Promise.all(begun.map(({ id }) => awaitOutcome(context, id, waitMs, signal)));
  return ended.filter(({ state }) => state === "cancelled").map(({ id }) => id);
}

function isMeant({ nodeId, project }: CommandRow, scope: Scope): boolean {
  return (
    (scope.nodeId === undefined || nodeId === scope.nodeId) &&
    (scope.project === undefined || project === scope.project)
  );
}

/** Those whose parent is not at work: stopping a session stops what is below it. */
function tops(rows: readonly SessionRow[]): SessionRow[] {
  const keys = new Set(rows.map(keyOf));
  return rows.filter(({ nodeId, parentId }) => parentId === null || !keys.has(keyOf({ nodeId, id: parentId })));
}

function keyOf({ nodeId, id }: Pick<SessionRow, "nodeId" | "id">): string {
  return `${nodeId}/${id}`;
}

async function stop(
  context: Context,
  caller: Caller,
  row: SessionRow,
  { until, deadlineMs, round }: { readonly until: number; readonly deadlineMs: number; readonly round: number },
): Promise<Stopped> {
  const isThere = context.links.get(row.nodeId) !== undefined;
  const key = caller.idempotencyKey;
  const command = await issueCommand(
    context,
    { ...caller, idempotencyKey: key === undefined ? undefined : `${key}/${row.id}/${round}` },
    {
      type: "session.abort",
      args: { sessionId: row.id },
      nodeId: row.nodeId,
      project: row.project,
      sessionId: row.id,
      deadlineMs,
      // a node that is away gets it when it comes back
      waitMs: isThere ? Math.max(0, Math.round(until - context.clock.monotonic())) : 0,
    },
  );
  const isAtRest = command.state === "succeeded" && (await rests(context, caller, row));
  const [now] = await describeSessions(context, [(await sessionById(context.store, row.nodeId, row.id)) ?? row]);
  const { reason } = await describeCommand(context, command);
  const failure = isFinal(command.state) ? `the stop ${command.state}: ${reason}` : `not stopped yet: ${reason}`;
  return {
    session_id: row.id,
    project: row.project,
    node: now?.node ?? row.nodeId,
    stopped: isAtRest,
    reason: command.state === "succeeded" ? (now?.reason ?? "") : failure,
    command_id: command.id,
  };
}

/** Whether its node tells within a moment that it and what it started rest; a turn that hangs may take no notice of an abort. */
async function rests(context: Context, { signal }: Caller, row: SessionRow): Promise<boolean> {
  const limit = AbortSignal.any([signal, context.stopping, AbortSignal.timeout(REST_MS)]);
  for (;;) {
    const woken = context.wakeup.arm(limit);
    const now = await sessionById(context.store, row.nodeId, row.id);
    const children = await childrenOf(context.store, row, MOST_CHILDREN);
    if (![now, ...children].some((one) => one !== undefined && AT_WORK.has(one.status))) return true;
    if (limit.aborted) return false;
    await woken;
  }
}

export const stopAllHandlers = { "sessions.stopAll": stopAll };
