import type { HalEvent } from "@hal/protocol";
import { foldOf } from "../fold.ts";
import { taskRows } from "./rows.ts";
import type { ProjectTaskRow } from "./schema.ts";

/** Who says that a task is completed where its progress file does. */
export const BY_FILE = "file";

/** How the task of a project stands, as its progress file says it. */
export const projectsFold = foldOf({
  name: "projects",
  events: ["task.completed", "task.reopened"],
  fold(tx, { eventId, event }) {
    const rows = tx.of(taskRows);
    const told = { event, eventId, nodeId: tx.nodeId, receivedAt: tx.receivedAt };
    const after = taskAfter(event.project === undefined ? undefined : rows.get(event.project), told);
    if (after !== undefined) rows.put(after);
  },
});

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
