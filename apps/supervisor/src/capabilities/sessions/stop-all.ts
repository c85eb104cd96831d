import type { ProjectReport } from "@hal/protocol";
import { type CommandRow, openCommands, sessionsAtWork } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { checkProject } from "../references/check-project.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { awaitOutcome } from "../commands/issue-command.ts";
import { type KnownNode, nodeStatuses } from "../nodes/node-statuses.ts";
import { requestCancel } from "../commands/request-cancel.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { type Stopped, stopOnNode, type Unknown } from "./stop-on-node.ts";

/** How long it is waited for what nodes had in hand already. */
const SETTLE_MS = 5_000;

interface Scope {
  readonly nodeId: string | undefined;
  readonly project: string | undefined;
}

const stopAll: Handler<"sessions.stopAll", Context> = async (context, input, caller) => {
  const nodeId = input.node === undefined ? undefined : (await resolveNode(context, input.node)).row.id;
  await checkProject(context, input.project);
  const scope = { nodeId, project: input.project };
  const until = context.clock.monotonic() + input.wait_ms;
  const { cancelled, begun } = await cancelNotBegun(context, scope);
  const sessions = new Map<string, Stopped>();
  const unknown = new Map<string, Unknown>();
  const stop = async (nodes: readonly KnownNode[], round: number): Promise<void> => {
    const request = { project: scope.project, deadlineMs: input.deadline_ms, until, round };
    const found = await Promise.all(nodes.map((node) => stopOnNode(context, caller, node, request)));
    for (const one of found.flatMap((node) => node.sessions)) sessions.set(`${one.node}/${one.session_id}`, one);
    for (const one of found.flatMap((node) => node.unknown)) unknown.set(`${one.node}/${one.reason}`, one);
  };
  const nodes = await nodesOf(context, scope);
  await stop(nodes, 0);
  cancelled.push(...(await settle(context, caller, begun, until)));
  // what had begun already may have brought something about meanwhile
  const again = new Set(begun.map((command) => command.nodeId));
  if (again.size > 0)
    await stop(
      nodes.filter(({ row }) => again.has(row.id)),
      1,
    );
  return { sessions: [...sessions.values()], unknown: [...unknown.values()], cancelled };
};

/** The nodes on which something that is meant may be at work, whether they are there or not. */
async function nodesOf(context: Context, scope: Scope): Promise<KnownNode[]> {
  const all = [...(await nodeStatuses(context)).values()].filter(
    ({ row }) => scope.nodeId === undefined || row.id === scope.nodeId,
  );
  if (scope.project === undefined) return all;
  const told = new Set((await sessionsAtWork(context.store, scope)).map(({ nodeId }) => nodeId));
  const has = ({ row }: KnownNode): boolean =>
    (row.projects as ProjectReport[]).some(({ name }) => name === scope.project) || told.has(row.id);
  return all.filter(has);
}

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
  const waitMs = Math.max(0, Math.min(SETTLE_MS, Math.round(until - context.clock.monotonic())));
  const ended = await Promise.all(begun.map(({ id }) => awaitOutcome(context, id, waitMs, signal)));
  return ended.filter(({ state }) => state === "cancelled").map(({ id }) => id);
}

function isMeant({ nodeId, project }: CommandRow, scope: Scope): boolean {
  return (
    (scope.nodeId === undefined || nodeId === scope.nodeId) &&
    (scope.project === undefined || project === scope.project)
  );
}

export const stopAllHandlers = { "sessions.stopAll": stopAll };
