import {
  type EventData,
  type MessageView,
  type ProjectReport,
  type SessionView,
  type TokenUsage,
  usd,
} from "@hal/protocol";
import {
  type CommandRow,
  type HealthRow,
  type InteractionRow,
  type MessageRow,
  type PromptRow,
  type PromptUnderWayRow,
  type SessionRow,
  standingOf,
  UNTOLD,
} from "@hal/store/supervisor";
import { duration } from "@hal/words";
import { time } from "../../domain/time.ts";
import { problemOf, withProblem } from "../../operations/row-problem.ts";
import { stopsText } from "../commands/acts-under-way.ts";
import { healthView } from "../health/describe-health.ts";
import type { HealthLimits } from "../health/domain/marks.ts";
import type { NodeStatus } from "../nodes/domain/node-status.ts";
import { sessionProblem } from "../nodes/domain/project-state.ts";
import { sharedText } from "./domain/claims.ts";
import { type Undo, undoneOf } from "./domain/undone.ts";
import { keptText, worktreeView } from "./domain/worktree.ts";

/** What else a session's view needs beside its row. */
export interface SessionSurroundings {
  readonly nodeName: string;
  readonly node: NodeStatus;
  /** of the node */
  readonly projects: readonly ProjectReport[];
  readonly treeCostMicroUsd: number;
  /** open interactions of the session and of those below it */
  readonly open: readonly InteractionRow[];
  /** what is to stop it and is not done yet */
  readonly stops: readonly CommandRow[];
  /** sessions on other nodes that are active on the same branch */
  readonly shared: SessionView["shared"];
  readonly health: HealthRow | undefined;
  readonly healthLimits: () => HealthLimits;
  /** prompts that wait for it, the next one first */
  readonly pending: readonly PromptRow[];
  /** prompts that it was sent and with which no turn was seen to begin */
  readonly stalled: readonly PromptUnderWayRow[];
  /** when its provider said that it may be tried again; undefined where it did not, or that time has come */
  readonly limitUntil: number | undefined;
  readonly now: number;
}

export function sessionView(row: SessionRow, around: SessionSurroundings): SessionView {
  const { status, reason: why } = sessionStatus(row, around);
  const reason = `${why}${underWayText(row, around)}${keptText(row)}${sharedText(around.shared)}`;
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
    continues: row.continues,
    continued_by: row.continuedBy,
    tokens: row.tokensTotal,
    tokens_detail: row.tokens as TokenUsage,
    cost: usd(row.costMicroUsd),
    tree_cost: usd(around.treeCostMicroUsd),
    compactions: row.compactions,
    ...healthView(around, around.health, { status, now: around.now }),
    external: row.external,
    shared: [...around.shared],
    worktree: worktreeView(row),
    started_at: time(row.startedAt),
    last_activity: time(row.lastActivityAt),
    asked: around.stops.map((stop) => ({
      command_id: stop.id,
      type: stop.type,
      actor: stop.actor,
      at: time(stop.createdAt),
    })),
    pending: around.pending.map((prompt) => ({
      prompt_id: prompt.id,
      delivery: prompt.delivery,
      actor: prompt.actor,
      at: time(prompt.createdAt),
      held: isHeld(row, around) && !prompt.afterStop,
    })),
    stalled: around.stalled.map(({ commandId, reason: stall, askedAt }) => ({
      command_id: commandId,
      reason: stall ?? "",
      since: time(askedAt),
    })),
  };
}

function isHeld(row: SessionRow, { open }: Pick<SessionSurroundings, "open">): boolean {
  return standingOf({ session: row, isAsking: open.length > 0 }) === "stopped";
}

/** What is under way or waits for it, as clauses behind its reason, wherever that is told. */
export function underWayText(
  row: SessionRow,
  around: Pick<SessionSurroundings, "stops" | "nodeName" | "limitUntil" | "pending" | "stalled" | "open" | "now">,
): string {
  const stops = stopsText(around.stops, around.nodeName, around.now);
  return `${stops}${limitText(row, around)}${promptsText(row, around)}`;
}

/** As a clause behind the reason of a turn that failed; one that is tried again says so itself. */
function limitText(
  { status }: Pick<SessionRow, "status">,
  { limitUntil, now }: Pick<SessionSurroundings, "limitUntil" | "now">,
): string {
  if (status !== "error" || limitUntil === undefined) return "";
  return `; its provider said to try again in ${duration(Math.max(0, limitUntil - now))}`;
}

/** As clauses behind a session's reason; empty where no prompt waits or is stalled. */
function promptsText(row: SessionRow, around: Pick<SessionSurroundings, "pending" | "stalled" | "open">): string {
  const [stalled] = around.stalled;
  const stall = stalled === undefined ? "" : `; its prompt ${stalled.commandId} is stalled: ${stalled.reason ?? ""}`;
  const count = around.pending.length;
  if (count === 0) return stall;
  const many = count === 1 ? "one prompt waits" : `${count} prompts wait`;
  const held = isHeld(row, around) ? ", as its last turn was stopped or failed" : "";
  return `${stall}; ${many}${held}: halctl prompts list --session ${row.id}`;
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
  if (row.turn === "untold") return { status: "unreachable", reason: `unreachable: ${UNTOLD}` };
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

export function messageView(row: MessageRow, undo: Undo | undefined): MessageView {
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
    structured: data.structured ?? null,
    tokens: row.tokensTotal,
    cost: usd(row.costMicroUsd),
    finish: data.finish ?? null,
    undone: undoneOf(row, undo),
    created_at: time(row.createdAt),
    completed_at: data.completedAt === undefined ? null : time(data.completedAt),
  };
}
