import {
  beginsWork,
  type CommandArgs,
  type ErrorBody,
  isCommandType,
  isFinal,
  type ProjectReport,
  type StopAllView,
} from "@hal/protocol";
import { cancelPrompts, commandById, type CommandRow, openCommands, sessionsAtWork } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { checkProject } from "../references/check-project.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { heldNow, hold } from "../holds/hold.ts";
import { awaitOutcome } from "../commands/issue-command.ts";
import { type KnownNode, nodeStatuses } from "../nodes/node-statuses.ts";
import { requestCancel } from "../commands/request-cancel.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { type Kept, type NodeStopped, type Stopped, stopOnNode, type Unknown } from "./stop-on-node.ts";

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
  // what is asked from now on is refused, and what was asked before is found below
  const holdId = input.hold ? await hold(context, caller, scope) : undefined;
  const { actor } = caller;
  const waiting = await cancelPrompts(context.store, scope, {
    actor,
    now: context.clock.now(),
    reason: `everything was stopped by ${actor}`,
  });
  const { cancelled: commands, begun } = await cancelNotBegun(context, scope);
  const cancelled = [...waiting.map(({ id }) => id), ...commands];
  const found = new Findings(cancelled);
  const stop = async (nodes: readonly KnownNode[], round: number): Promise<void> => {
    const request = { project: scope.project, deadlineMs: input.deadline_ms, until, round };
    for (const one of await Promise.all(nodes.map((node) => stopOnNode(context, caller, node, request))))
      found.add(one);
  };
  const nodes = await nodesOf(context, scope);
  await stop(nodes, 0);
  const inHand = begun.filter(({ id }) => !found.isKept(id));
  await settle(context, caller, inHand, until);
  // they may have brought something about meanwhile
  const again = nodes.filter(({ row }) => inHand.some((command) => command.nodeId === row.id));
  if (again.length > 0) await stop(again, 1);
  for (const command of inHand) {
    const on = nodes.find(({ row }) => row.id === command.nodeId);
    found.addCommand(on?.row.name ?? command.nodeId, (await commandById(context.store, command.id)) ?? command);
  }
  return { ...found.view(), ...(holdId === undefined ? {} : { holds: await heldNow(context, holdId) }) };
};

/** What was found where, and what became of commands; what is found later takes the place of what was found before. */
class Findings {
  readonly #sessions = new Map<string, Stopped>();
  readonly #unknown = new Map<string, Unknown>();
  readonly #kept = new Map<string, Kept>();
  readonly #cancelled: string[];

  constructor(cancelled: readonly string[]) {
    this.#cancelled = [...cancelled];
  }

  add({ sessions, unknown, kept }: NodeStopped): void {
    for (const one of sessions) this.#sessions.set(`${one.node}/${one.session_id}`, one);
    for (const one of unknown) this.#unknown.set(`${one.node}/${one.reason}`, one);
    for (const one of kept) this.#kept.set(one.command_id, one);
  }

  /** A command that its node had in hand, as it is now. */
  addCommand(node: string, command: CommandRow): void {
    const { id, state, project } = command;
    if (state === "cancelled") this.#cancelled.push(id);
    else if (wasKept(command)) this.#kept.set(id, { command_id: id, node, project });
    else if (!isFinal(state) && begins(command) && !this.#kept.has(id)) this.#unknown.set(id, notKnown(node, command));
  }

  /** Whether its node said that its prompt does not reach opencode. */
  isKept(id: string): boolean {
    return this.#kept.has(id);
  }

  view(): StopAllView {
    const [sessions, unknown, kept] = [this.#sessions.values(), this.#unknown.values(), this.#kept.values()] as const;
    return { sessions: [...sessions], unknown: [...unknown], cancelled: this.#cancelled, kept: [...kept] };
  }
}

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

/** What would begin a turn and no node has begun is taken back; `begun` are those of which that is not known yet. */
async function cancelNotBegun(context: Context, scope: Scope) {
  const cancelled: string[] = [];
  const begun: CommandRow[] = [];
  for (const command of await openCommands(context.store)) {
    if (!isMeant(command, scope) || !isCommandType(command.type) || !beginsWork(command.type)) continue;
    const after = await requestCancel(context, command.id);
    if (after?.state === "cancelled") cancelled.push(command.id);
    else if (context.links.get(command.nodeId) !== undefined) begun.push(command);
  }
  return { cancelled, begun };
}

/** Waits a moment for what nodes had in hand already; what comes of it is at work then. */
async function settle(
  context: Context,
  { signal }: Caller,
  begun: readonly CommandRow[],
  until: number,
): Promise<void> {
  const waitMs = Math.max(0, Math.min(SETTLE_MS, Math.round(until - context.clock.monotonic())));
  await Promise.all(begun.map(({ id }) => awaitOutcome(context, id, waitMs, signal)));
}

/** Whether its node kept its prompt from opencode, because everything was stopped, or is held. */
function wasKept({ state, error }: CommandRow): boolean {
  return state === "failed" && KEPT.has((error as ErrorBody).code);
}

const KEPT: ReadonlySet<string> = new Set(["cancelled", "held"]);

/** Whether a turn begins with it: a start alone may have no prompt. */
function begins({ type, args }: CommandRow): boolean {
  return type !== "session.start" || (args as CommandArgs<"session.start">).prompt !== undefined;
}

function notKnown(node: string, { id, project }: CommandRow): Unknown {
  const reason = `${id} had begun before, and what comes of it is not known yet; see: halctl commands get ${id}`;
  return { node, project, reason, command_id: null };
}

function isMeant({ nodeId, project }: CommandRow, scope: Scope): boolean {
  return (
    (scope.nodeId === undefined || nodeId === scope.nodeId) &&
    (scope.project === undefined || project === scope.project)
  );
}

export const stopAllHandlers = { "sessions.stopAll": stopAll };
