import { COMMANDS, isActive, isFinal, STOP_FEATURE, type StopAllView } from "@hal/protocol";
import {
  childrenOf,
  commandById,
  type CommandRow,
  sessionById,
  type SessionRow,
  sessionsAtWork,
} from "@hal/store/supervisor";
import * as v from "valibot";
import type { Context } from "./context.ts";
import { describeCommand } from "../commands/describe-command.ts";
import { describeSessions } from "./describe-session.ts";
import type { Caller } from "../../operations/handler.ts";
import { issueCommand } from "../commands/issue-command.ts";
import { featuresOf, type KnownNode } from "../nodes/node-statuses.ts";

export type Stopped = StopAllView["sessions"][number];
export type Unknown = StopAllView["unknown"][number];
export type Kept = StopAllView["kept"][number];

/** What a stop found on one node. */
export interface NodeStopped {
  readonly sessions: readonly Stopped[];
  readonly unknown: readonly Unknown[];
  readonly kept: readonly Kept[];
}

/** What is to be stopped, and how long the caller waits for it. */
export interface StopRequest {
  readonly project: string | undefined;
  readonly deadlineMs: number | undefined;
  /** on the monotonic clock */
  readonly until: number;
  readonly round: number;
}

/** How long after its outcome a node may take to tell that a turn is over. */
const REST_MS = 5_000;

const MOST_CHILDREN = 100;

/** Stops what is at work on a node: by what its opencode says, or, with an older agent, by what it told last. */
export async function stopOnNode(
  context: Context,
  caller: Caller,
  node: KnownNode,
  request: StopRequest,
): Promise<NodeStopped> {
  const { id, name } = node.row;
  const rows = await sessionsAtWork(context.store, { nodeId: id, project: request.project });
  if (featuresOf(context, node.row).includes(STOP_FEATURE))
    return stopByOpencode(context, caller, node, { request, rows });
  const sessions = await Promise.all(rows.map((row) => stopByRecord(context, caller, row, request)));
  const isAway = context.links.get(id) === undefined;
  const unknown = isAway ? [{ node: name, project: null, reason: node.status.reason, command_id: null }] : [];
  return { sessions, unknown, kept: [] };
}

async function stopByOpencode(
  context: Context,
  caller: Caller,
  { row: { id: nodeId, name } }: KnownNode,
  { request, rows }: { readonly request: StopRequest; readonly rows: readonly SessionRow[] },
): Promise<NodeStopped> {
  const { project } = request;
  const command = await issueCommand(context, keyed(caller, `${nodeId}/${request.round}`), {
    type: "node.stop",
    args: project === undefined ? {} : { project },
    nodeId,
    project,
    ...waiting(context, nodeId, request),
  });
  const said = command.state === "succeeded" ? v.safeParse(COMMANDS["node.stop"].output, command.output) : undefined;
  if (said?.success !== true) {
    const reason = await failureOf(context, command);
    const left = rows.map((row) => ({ ...about(row, name, command.id), stopped: false, reason }));
    const waits = isFinal(command.state) ? null : command.id;
    return { sessions: left, unknown: [{ node: name, project: project ?? null, reason, command_id: waits }], kept: [] };
  }
  const { sessions, failing, kept: ids } = said.output;
  const named = new Set(sessions.map(({ sessionId }) => sessionId));
  const isSilent = new Set(failing.map((one) => one.project));
  const stopped = await Promise.all(
    sessions.map(async ({ sessionId, project: of, result, reason }): Promise<Stopped> => {
      const row = await sessionById(context.store, nodeId, sessionId);
      const isStopped = result === "stopped";
      if (isStopped && row !== undefined) await rests(context, caller, row);
      const told = isStopped ? await reasonOf(context, nodeId, sessionId) : undefined;
      return {
        session_id: sessionId,
        project: of ?? row?.project ?? "",
        node: name,
        stopped: isStopped,
        reason: told ?? reason,
        command_id: command.id,
      };
    }),
  );
  // what was told last of them is older than what opencode says now
  const restAlready = rows
    .filter((row) => !named.has(row.id))
    .map((row): Stopped => {
      const isKnown = !isSilent.has(row.project);
      const reason = isKnown ? "opencode says that it is not at work" : "opencode fails at its directory";
      return { ...about(row, name, command.id), stopped: isKnown, reason };
    });
  const unknown = failing.map(({ directory, project: of, reason }) => ({
    node: name,
    project: of,
    reason: `opencode cannot say what is at work in ${directory}: ${reason}`,
    command_id: null,
  }));
  const keptCommands = await Promise.all(ids.map(async (id) => ({ id, row: await commandById(context.store, id) })));
  // a supervisor that was restored may not know them; of another node's command no node is believed
  const kept = keptCommands
    .filter(({ row }) => row === undefined || row.nodeId === nodeId)
    .map(({ id, row }) => ({ command_id: id, node: name, project: row?.project ?? null }));
  return { sessions: [...stopped, ...restAlready], unknown, kept };
}

async function stopByRecord(context: Context, caller: Caller, row: SessionRow, request: StopRequest): Promise<Stopped> {
  const command = await issueCommand(context, keyed(caller, `${row.id}/${request.round}`), {
    type: "session.abort",
    args: { sessionId: row.id },
    nodeId: row.nodeId,
    project: row.project,
    sessionId: row.id,
    ...waiting(context, row.nodeId, request),
  });
  const undo = isFinal(command.state) ? "" : `; halctl commands cancel ${command.id} takes it back`;
  const isAtRest = command.state === "succeeded" && (await rests(context, caller, row));
  const [now] = await describeSessions(context, [(await sessionById(context.store, row.nodeId, row.id)) ?? row]);
  return {
    ...about(row, now?.node ?? row.nodeId, command.id),
    stopped: isAtRest,
    reason: command.state === "succeeded" ? (now?.reason ?? "") : `${await failureOf(context, command)}${undo}`,
  };
}

/** A node that is away gets it when it comes back. */
function waiting(context: Context, nodeId: string, { until, deadlineMs }: StopRequest) {
  const isThere = context.links.get(nodeId) !== undefined;
  return { deadlineMs, waitMs: isThere ? Math.max(0, Math.round(until - context.clock.monotonic())) : 0 };
}

function keyed(caller: Caller, what: string): Caller {
  const { idempotencyKey: key } = caller;
  return { ...caller, idempotencyKey: key === undefined ? undefined : `${key}/${what}` };
}

function about(row: SessionRow, node: string, commandId: string) {
  return { session_id: row.id, project: row.project, node, command_id: commandId };
}

async function failureOf(context: Context, command: CommandRow): Promise<string> {
  const { reason } = await describeCommand(context, command);
  return isFinal(command.state) ? `the stop ${command.state}: ${reason}` : `not stopped yet: ${reason}`;
}

async function reasonOf(context: Context, nodeId: string, id: string): Promise<string | undefined> {
  const row = await sessionById(context.store, nodeId, id);
  if (row === undefined || isActive(row.status)) return undefined;
  return (await describeSessions(context, [row]))[0]?.reason;
}

/** Whether its node tells within a moment that it and what it started rest; a turn that hangs may take no notice of an abort. */
async function rests(context: Context, { signal }: Caller, row: SessionRow): Promise<boolean> {
  const limit = AbortSignal.any([signal, context.stopping, AbortSignal.timeout(REST_MS)]);
  for (;;) {
    const woken = context.events.arm(limit);
    const now = await sessionById(context.store, row.nodeId, row.id);
    const children = await childrenOf(context.store, row, MOST_CHILDREN);
    if (![now, ...children].some((one) => one !== undefined && isActive(one.status))) return true;
    if (limit.aborted) return false;
    await woken;
  }
}
