import type { HalEvent } from "@hal/protocol";
import { foldOf } from "../fold.ts";
import { commandRows } from "../commands/rows.ts";
import { sessionRows } from "../sessions/rows.ts";
import type { Tx } from "../tx.ts";
import { completedSession, markOnNode, putCompletedSession, unmark } from "./completed-sessions.ts";
import { taskRows } from "./rows.ts";
import type { ProjectTaskRow } from "./schema.ts";

/** Who says that a task is completed where its progress file does. */
export const BY_FILE = "file";

/** How the task of a project stands, as its progress file says it, and which sessions were at it. */
export const projectsFold = foldOf({
  name: "projects",
  events: ["task.completed", "task.reopened", "command.succeeded"],
  fold(tx, { eventId, event }) {
    if (event.type === "command.succeeded") return carryOn(tx, event);
    const rows = tx.of(taskRows);
    const told = { event, eventId, nodeId: tx.nodeId, receivedAt: tx.receivedAt };
    const after = taskAfter(event.project === undefined ? undefined : rows.get(event.project), told);
    if (after === undefined) return;
    rows.put(after);
    mark(tx, after, event.at);
  },
});

/** Which sessions were at a task: the one that worked there alone, or all of its project on that node. */
function mark(tx: Tx, { project, state, sessionId }: ProjectTaskRow, upTo: number): void {
  const { db, nodeId } = tx;
  if (state === "open") return unmark(db, project);
  const put = (id: string): void =>
    putCompletedSession(db, { nodeId, sessionId: id, project, by: BY_FILE, upTo, continues: null });
  if (sessionId !== null) return put(sessionId);
  markOnNode(db, { project, by: BY_FILE, nodeId, upTo });
  // those that are told of in this frame are not in the database yet
  for (const { nodeId: on, id, project: of, parentId } of tx.of(sessionRows).here())
    if (on === nodeId && of === project && parentId === null) put(id);
}

/** A session that goes on from one whose task is completed has nothing to do either, where it was no person who had it go on. */
function carryOn(tx: Tx, event: Extract<HalEvent, { readonly type: "command.succeeded" }>): void {
  const command = tx.of(commandRows).get(event.data.commandId);
  if (command?.type !== "session.restart" || command.nodeId !== tx.nodeId || !command.actor.startsWith("policy:"))
    return;
  const { sessionId } = { ...(event.data.output as object | null) } as { readonly sessionId?: unknown };
  const before = command.sessionId === null ? undefined : completedSession(tx.db, tx.nodeId, command.sessionId);
  if (before === undefined || typeof sessionId !== "string") return;
  putCompletedSession(tx.db, { ...before, sessionId, upTo: event.at, continues: before.sessionId });
}

interface Told {
  readonly event: Extract<HalEvent, { readonly type: "task.completed" | "task.reopened" }>;
  readonly eventId: number;
  readonly nodeId: string;
  readonly receivedAt: number;
}

/**
 * How a task stands after its file was told of; undefined where that changes nothing. What a person said, or the file of another
 * node, is not said once more, and only what was said by a person or by the same file is taken back. Pure.
 */
export function taskAfter(
  before: ProjectTaskRow | undefined,
  { event, eventId, nodeId, receivedAt }: Told,
): ProjectTaskRow | undefined {
  const { project, session } = event;
  if (project === undefined || (before !== undefined && before.eventId >= eventId)) return undefined;
  const isCompleted = before?.state === "completed";
  const isSameFile = before?.by === BY_FILE && before.nodeId === nodeId;
  const said = { project, eventId, since: receivedAt, by: BY_FILE, nodeId, sessionId: session ?? null };
  if (event.type === "task.completed")
    return isCompleted && !isSameFile ? undefined : { ...said, state: "completed", title: event.data.title ?? null };
  return isCompleted && (isSameFile || before.nodeId === null) ? { ...said, state: "open", title: null } : undefined;
}
