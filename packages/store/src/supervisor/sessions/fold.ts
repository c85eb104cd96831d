import {
  type EventData,
  type EventType,
  type HalEvent,
  idleReason,
  INTERRUPTED_ERROR,
  NO_TOKENS,
  totalTokens,
  turnAtRest,
} from "@hal/protocol";
import * as v from "valibot";
import { commandRows } from "../commands/rows.ts";
import { foldOf } from "../fold.ts";
import type { Tx } from "../tx.ts";
import { sessionRows } from "./rows.ts";
import type { SessionRow } from "./schema.ts";

const NO_TURN = "no turn yet";

/** Which session an event is about. */
export interface SessionKey {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
}

type SessionEvent = Extract<HalEvent, { readonly type: `session.${string}` | "tool.execute.after" }>;

/** Which events make and change a session's row. A new one of a session's says here whether it does, or nothing compiles. */
const CHANGES_A_SESSION: Readonly<Record<SessionEvent["type"], boolean>> = {
  "session.started": true,
  "session.updated": true,
  "session.busy": true,
  "session.idle": true,
  "session.waiting": true,
  "session.retrying": true,
  "session.error": true,
  "session.compacted": true,
  // it says nothing of what the session does, and is no sign of life
  "session.health": false,
  "session.ended": true,
  // what becomes of its worktree is no sign of life, either
  "session.worktree": false,
  "session.message": true,
  "session.todo": true,
  "tool.execute.after": true,
};

const TYPES = (Object.keys(CHANGES_A_SESSION) as SessionEvent["type"][]).filter((type) => CHANGES_A_SESSION[type]);

/** What a node says of its sessions. */
export const sessionsFold = foldOf({
  name: "sessions",
  events: [...TYPES, "command.succeeded"],
  fold(tx, { event }) {
    if (event.type === "command.succeeded") return notePrompter(tx, event.data);
    const { session: sessionId, project = "" } = event;
    if (sessionId === undefined) return;
    const rows = tx.of(sessionRows);
    const before = rows.get(tx.nodeId, sessionId);
    const after = foldSession(before, { nodeId: tx.nodeId, sessionId, project }, event);
    if (after !== undefined && after !== before) rows.put(after);
  },
});

/** A command that began a session, or prompted one, says for whom the session works. */
function notePrompter(tx: Tx, { commandId, output }: EventData<"command.succeeded">): void {
  const command = tx.of(commandRows).get(commandId);
  if (command === undefined || command.nodeId !== tx.nodeId || !PROMPTING.has(command.type)) return;
  const made = v.safeParse(Prompted, output);
  if (!made.success) return;
  const { sessionId, messageId = null } = made.output;
  const rows = tx.of(sessionRows);
  const before = rows.get(tx.nodeId, sessionId);
  // outcomes may be told in another order; ids of messages ascend
  if (before === undefined || (before.promptedBy !== null && (messageId ?? "") <= (before.promptedWith ?? ""))) return;
  // one that was restarted works on for whom it worked before
  const earlier = command.type === "session.restart" ? rows.get(tx.nodeId, before.continues ?? "")?.promptedBy : null;
  rows.put({ ...before, promptedBy: earlier ?? command.actor, promptedWith: messageId });
}

const PROMPTING: ReadonlySet<string> = new Set(["session.start", "session.prompt", "session.restart"]);

const Prompted = v.object({ sessionId: v.string(), messageId: v.optional(v.string()) });

/**
 * What a session is after an event. Pure; never throws; events that say nothing about sessions, and
 * those that come too late, return the row they were given.
 */
export function foldSession(row: SessionRow | undefined, key: SessionKey, event: HalEvent): SessionRow | undefined {
  if (!changesASession(event)) return row;
  const before = row ?? newSession(key, event.at);
  const after = change(before, event);
  return { ...after, lastActivityAt: Math.max(before.lastActivityAt, event.at) };
}

function changesASession(event: HalEvent): event is SessionEvent {
  const { type }: { readonly type: EventType } = event;
  return Object.hasOwn(CHANGES_A_SESSION, type) && CHANGES_A_SESSION[type as SessionEvent["type"]];
}

function newSession(key: SessionKey, at: number): SessionRow {
  return {
    nodeId: key.nodeId,
    id: key.sessionId,
    project: key.project,
    parentId: null,
    title: "",
    status: "starting",
    statusReason: NO_TURN,
    statusSince: at,
    turn: "none",
    model: null,
    agent: null,
    costMicroUsd: 0,
    tokens: NO_TOKENS,
    tokensTotal: 0,
    compactions: 0,
    external: false,
    startedAt: at,
    lastActivityAt: at,
    undoneFrom: null,
    undonePart: null,
    promptedBy: null,
    promptedWith: null,
    continues: null,
    continuedBy: null,
    worktree: null,
    worktreeEnd: null,
    worktreeReason: null,
    worktreeBranch: null,
  };
}

function change(row: SessionRow, event: SessionEvent): SessionRow {
  const to = (status: SessionRow["status"], statusReason: string, turn: SessionRow["turn"] = null): SessionRow => ({
    ...row,
    status,
    statusReason,
    turn,
    statusSince: row.status === status ? row.statusSince : event.at,
  });
  switch (event.type) {
    case "session.started":
    case "session.updated":
      return withFacts(row, event.data);
    case "session.message":
      return withMessage(row, event.data);
    case "session.busy":
      return to("busy", "a turn is running");
    case "session.compacted":
      return { ...row, compactions: row.compactions + 1 };
    case "session.ended":
      return withEnd(to("ended", event.data.reason), event.data);
    case "session.idle":
      if (isStillEnded(row, event.data)) return row;
      // a failed turn is idle for opencode; for people it stays failed until the next turn, or until that is taken back
      if (row.status === "error" && event.data.corrects !== true) return row;
      // an older agent does not say that there was no turn
      if (isUnsaid(event.data) && row.turn === "none") return to("idle", NO_TURN, "none");
      return to("idle", idleReason(event.data), turnAtRest(event.data) ?? null);
    case "session.error":
      if (isStillEnded(row, event.data)) return row;
      return to("error", `${event.data.name}: ${event.data.message}`, turnThat(event.data));
    case "session.waiting":
      return isStillEnded(row, event.data) ? row : to("waiting", "waits for a person");
    case "session.retrying":
      return isStillEnded(row, event.data)
        ? row
        : to("retrying", `attempt ${event.data.attempt} failed: ${event.data.message}${nextTry(event.data.nextAt)}`);
    case "session.health":
    case "session.worktree":
    case "session.todo":
    case "tool.execute.after":
      return row;
    default:
      return event satisfies never;
  }
}

/** One that another session goes on from was restarted, and ended for that. */
function withEnd(row: SessionRow, { continuedBy }: EventData<"session.ended">): SessionRow {
  if (continuedBy === undefined) return row;
  return { ...row, continuedBy, statusReason: `restarted, and goes on as ${continuedBy}` };
}

/** A message shows that there was a turn, and not what the session does. */
function withMessage(row: SessionRow, { role, model }: EventData<"session.message">): SessionRow {
  const isAnswer = role === "assistant";
  const after = isAnswer && model ? { ...row, model } : row;
  if (row.status !== "starting") return after;
  return {
    ...after,
    turn: null,
    statusReason: isAnswer ? "what it does has not been told yet" : "prompted, and no turn has been told yet",
  };
}

/** One that was interrupted ended because what worked on it did. */
function turnThat({ name }: EventData<"session.error">): "interrupted" | "failed" {
  return name === INTERRUPTED_ERROR ? "interrupted" : "failed";
}

/** What comes late of a turn that was stopped does not make an ended session live again. */
function isStillEnded({ status }: SessionRow, { corrects }: { readonly corrects?: boolean | undefined }): boolean {
  return status === "ended" && corrects !== true;
}

function isUnsaid({ aborted, turn }: EventData<"session.idle">): boolean {
  return aborted !== true && turn === undefined;
}

function nextTry(at: number | undefined): string {
  const isTime = at !== undefined && !Number.isNaN(new Date(at).getTime());
  return !isTime ? "" : `; next try at ${new Date(at).toISOString().slice(11, 19)} UTC`;
}

function withFacts(row: SessionRow, facts: EventData<"session.started">): SessionRow {
  const tokens = facts.tokens ?? NO_TOKENS;
  return {
    ...row,
    title: facts.title,
    parentId: facts.parentId ?? row.parentId,
    model: facts.model ?? row.model,
    agent: facts.agent ?? row.agent,
    costMicroUsd: facts.costMicroUsd,
    tokens,
    tokensTotal: totalTokens(tokens),
    external: facts.external,
    startedAt: facts.createdAt,
    undoneFrom: facts.undoneFrom?.messageId ?? null,
    undonePart: facts.undoneFrom?.partId ?? null,
    continues: facts.continues ?? row.continues,
    worktree: facts.worktree ?? row.worktree,
  };
}
