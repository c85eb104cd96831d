import {
  type CommandView,
  type EventData,
  type EventView,
  type InteractionView,
  type MessageView,
  type ProjectReport,
  type SessionView,
  type TokenUsage,
  type ErrorBody,
  LAST_TIME,
  usd,
} from "@hal/protocol";
import type { CommandRow, EventRow, InteractionRow, MessageRow, SessionRow } from "@hal/store/supervisor";
import { formatCursor } from "../domain/cursor.ts";
import { duration } from "../domain/duration.ts";
import type { NodeStatus } from "../domain/node-status.ts";
import { sessionProblem } from "../domain/project-state.ts";

/** A time as the API writes it. A row whose time is none says so; nothing that is read fails at it. */
export function time(ms: number): string {
  return new Date(Math.min(Math.max(0, ms), LAST_TIME) || 0).toISOString();
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms);
}

/** Why a row is not shown as it is stored, where it is not. */
export function problemOf({ problem }: { readonly problem?: string }): { readonly problem?: string } {
  return problem === undefined ? {} : { problem };
}

/** Whoever reads the reason alone sees it, too. */
export function withProblem({ problem }: { readonly problem?: string }, reason: string): string {
  return problem === undefined ? reason : `${reason}; ${problem}`;
}

export function eventView(logId: string, row: EventRow): EventView {
  return {
    id: row.id,
    cursor: formatCursor(logId, row.id),
    node_id: row.nodeId,
    project: row.project,
    session_id: row.sessionId,
    type: row.type,
    data: row.content,
    timestamp: time(row.at),
    received_at: time(row.receivedAt),
  };
}

/** Says to a follower that comes from far behind that some of what it asks for is not kept any more. */
export function prunedGapView(
  logId: string,
  { after, upTo, now }: { readonly after: number; readonly upTo: number; readonly now: number },
): EventView {
  const data: EventData<"gap"> = { from: after + 1, to: upTo, reason: "pruned" };
  return {
    id: after,
    cursor: formatCursor(logId, after),
    node_id: null,
    project: null,
    session_id: null,
    type: "gap",
    data,
    timestamp: time(now),
    received_at: time(now),
  };
}

/** What else a session's view needs beside its row. */
export interface SessionSurroundings {
  readonly nodeName: string;
  readonly node: NodeStatus;
  /** of the node */
  readonly projects: readonly ProjectReport[];
  readonly treeCostMicroUsd: number;
  /** open interactions of the session and of those below it */
  readonly open: readonly InteractionRow[];
  readonly now: number;
}

export function sessionView(row: SessionRow, around: SessionSurroundings): SessionView {
  const { status, reason } = sessionStatus(row, around);
  return {
    id: row.id,
    node_id: row.nodeId,
    node: around.nodeName,
    project: row.project,
    title: row.title,
    status,
    reason: withProblem(row, reason),
    ...problemOf(row),
    model: row.model,
    agent: row.agent,
    parent_id: row.parentId,
    tokens: row.tokensTotal,
    tokens_detail: row.tokens as TokenUsage,
    cost: usd(row.costMicroUsd),
    tree_cost: usd(around.treeCostMicroUsd),
    compactions: row.compactions,
    external: row.external,
    started_at: time(row.startedAt),
    last_activity: time(row.lastActivityAt),
  };
}

/** Facts are stored, status is computed: a session on a node that is offline or without opencode, or in a project that fails, is unreachable. */
export function sessionStatus(
  row: SessionRow,
  around: Pick<SessionSurroundings, "node" | "open" | "now" | "projects">,
): Pick<SessionView, "status" | "reason"> {
  if (row.status === "ended") return { status: "ended", reason: `ended: ${row.statusReason}` };
  const since = duration(around.now - row.statusSince);
  if (around.node.status === "offline")
    return { status: "unreachable", reason: `unreachable: its node is ${around.node.reason}; it was ${row.status}` };
  // a turn that failed stays failed; of everything else nobody can say what it does
  const { withoutOpencode } = around.node;
  if (withoutOpencode !== undefined && row.status !== "error")
    return {
      status: "unreachable",
      reason: `unreachable: opencode on its node is ${withoutOpencode}; it was ${row.status}`,
    };
  const problem = sessionProblem(around.projects, row);
  if (problem !== undefined)
    return {
      status: "unreachable",
      reason: `unreachable: opencode has failed at its directory for ${duration(around.now - problem.since)}: ${problem.reason}; it was ${row.status}`,
    };
  const asked = around.open[0];
  if (asked !== undefined) {
    const what = (asked.data as EventData<"interaction.asked">).summary;
    const whose = asked.sessionId === row.id ? "" : ` (asked by child ${asked.sessionId})`;
    return {
      status: "waiting",
      reason: `waiting ${duration(around.now - asked.askedAt)} for a person: ${what}${whose}`,
    };
  }
  const reason = `${row.status} for ${since}: ${row.statusReason}`;
  // what was told last may be old while the node is not well
  return {
    status: row.status,
    reason: around.node.status === "online" ? reason : `${reason}; its node is ${around.node.reason}`,
  };
}

export function messageView(row: MessageRow): MessageView {
  const data = row.data as EventData<"session.message">;
  return {
    id: row.id,
    session_id: row.sessionId,
    parent_id: data.parentId ?? null,
    role: data.role,
    state: data.state,
    model: data.model ?? null,
    text: data.text,
    ...problemOf(row),
    cut: data.cut,
    tools: data.tools,
    error: data.error ?? null,
    tokens: row.tokensTotal,
    cost: usd(row.costMicroUsd),
    finish: data.finish ?? null,
    created_at: time(row.createdAt),
    completed_at: data.completedAt === undefined ? null : time(data.completedAt),
  };
}

export function interactionView(row: InteractionRow): InteractionView {
  const data = row.data as EventData<"interaction.asked">;
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    reason: withProblem(row, row.stateReason),
    ...problemOf(row),
    node_id: row.nodeId,
    session_id: row.sessionId,
    root_session_id: row.rootSessionId,
    project: row.project,
    summary: data.summary,
    permission: data.permission ?? null,
    patterns: data.patterns,
    always: data.always,
    questions: data.questions,
    reply: row.reply,
    answered_by: row.answeredBy,
    asked_at: time(row.askedAt),
    closed_at: timeOrNull(row.closedAt),
  };
}

export function commandView(row: CommandRow, now: number, node: NodeStatus | undefined): CommandView {
  return {
    id: row.id,
    type: row.type,
    node_id: row.nodeId,
    project: row.project,
    session_id: row.sessionId,
    actor: row.actor,
    state: row.state,
    reason: withProblem(row, commandReason(row, now, node)),
    ...problemOf(row),
    output: row.output,
    error: row.error as ErrorBody | null,
    created_at: time(row.createdAt),
    deadline_at: time(row.deadlineAt),
    finished_at: timeOrNull(row.finishedAt),
  };
}

function sentReason(row: CommandRow, now: number): string {
  const ago = `sent ${duration(now - (row.sentAt ?? now))} ago`;
  return now > row.deadlineAt ? `unconfirmed: ${ago}, and its node did not answer in time` : ago;
}

/** Whoever waits for an outcome wants to know that it cannot come now. */
function notWell(node: NodeStatus | undefined): string {
  return node === undefined || node.status === "online" ? "" : `; its node is ${node.reason}`;
}

function commandReason(row: CommandRow, now: number, node: NodeStatus | undefined): string {
  switch (row.state) {
    case "queued":
      return `queued until ${time(row.deadlineAt)}: its node is ${node?.reason ?? "not known"}`;
    case "sent":
      return `${sentReason(row, now)}${row.cancelRequestedAt === null ? "" : "; it is cancelled if it has not begun"}${notWell(node)}`;
    case "running":
      return `its node has begun it${notWell(node)}`;
    case "succeeded":
      return "done";
    case "failed":
    case "expired":
      return (row.error as ErrorBody | null)?.message ?? row.state;
    case "cancelled":
      return "cancelled before it began";
    default:
      return row.state satisfies never;
  }
}
