import { type FileView, HalError, type PromptFile, type PromptView } from "@hal/protocol";
import {
  commandById,
  type CommandRow,
  nodeById,
  pendingOf,
  promptById,
  type PromptRow,
  queueFacts,
  standingOf,
} from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import { problemOf, withProblem } from "../../operations/row-problem.ts";
import { commandView } from "../commands/command-view.ts";
import { type KnownNode, nodeStatuses, statusOf } from "../nodes/node-statuses.ts";
import type { Context } from "../commands/context.ts";
import { heldFailure } from "../commands/refuse-held.ts";
import { fileView } from "./domain/sort-files.ts";
import { promptReason } from "./domain/prompt-reason.ts";

/** One prompt as people see it. */
export async function describePrompt(context: Context, id: string): Promise<PromptView> {
  const row = await promptById(context.store, id);
  if (row === undefined) throw new HalError("not_found", `no prompt ${id}; see: halctl prompts list`);
  const node = await nodeById(context.store, row.nodeId);
  const known = node === undefined ? undefined : { row: node, status: statusOf(context, node), replacedBy: undefined };
  return describe(context, row, known, pendingOf(context.store, row.nodeId, row.sessionId));
}

/** Prompts as people see them. */
export async function describePrompts(context: Context, rows: readonly PromptRow[]): Promise<PromptView[]> {
  const nodes = await nodeStatuses(context);
  const lists = new Map<string, PromptRow[]>();
  const listOf = ({ nodeId, sessionId }: PromptRow): PromptRow[] => {
    const key = `${nodeId}/${sessionId}`;
    const known = lists.get(key) ?? pendingOf(context.store, nodeId, sessionId);
    lists.set(key, known);
    return known;
  };
  return Promise.all(rows.map((row) => describe(context, row, nodes.get(row.nodeId), listOf(row))));
}

async function describe(
  context: Context,
  row: PromptRow,
  node: KnownNode | undefined,
  pending: readonly PromptRow[],
): Promise<PromptView> {
  const now = context.clock.now();
  const facts = queueFacts(context.store, row.nodeId, row.sessionId, now);
  const command = row.commandId === null ? undefined : await commandById(context.store, row.commandId);
  const index = pending.findIndex(({ id }) => id === row.id);
  const held =
    row.state === "pending" ? ((await heldFailure(context, row)) ?? context.beginGate.refusal(row)) : undefined;
  const reason = promptReason(row, {
    held: held?.message,
    standing: standingOf(facts),
    isComing: facts.isComing,
    isRestarting: facts.isRestarting,
    before: index < 1 ? undefined : pending[index - 1]?.id,
    away: context.links.get(row.nodeId) === undefined ? (node?.status.reason ?? "not known") : undefined,
    command: command && { state: command.state, reason: reasonOf(command, now, node) },
  });
  return {
    id: row.id,
    node_id: row.nodeId,
    node: node?.row.name ?? row.nodeId,
    session_id: row.sessionId,
    project: row.project,
    text: row.text,
    model: row.model,
    agent: row.agent,
    files: filesOf(row),
    delivery: row.delivery,
    place: row.state === "pending" && index >= 0 ? index + 1 : null,
    actor: row.actor,
    state: row.state,
    reason: withProblem(row, reason),
    ...problemOf(row),
    command_id: row.commandId,
    created_at: time(row.createdAt),
    changed_at: time(row.changedAt),
  };
}

/** Without their content. */
function filesOf({ files }: PromptRow): FileView[] {
  return Array.isArray(files)
    ? (files as PromptFile[]).map(({ name, mimeType, data }) => fileView({ name, mime_type: mimeType, data }))
    : [];
}

function reasonOf(command: CommandRow, now: number, node: KnownNode | undefined): string {
  return commandView(command, now, node?.status).reason;
}
