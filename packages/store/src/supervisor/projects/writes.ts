import type { HalEvent } from "@hal/protocol";
import { and, eq, isNull } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendEvent } from "../log/append-event.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { markEverywhere, unmark } from "./completed-sessions.ts";
import { taskStatements } from "./rows.ts";
import { type ProjectStartRow, projectStarts, type ProjectTaskRow } from "./schema.ts";

/** What a person says of the task of a project. */
export interface TaskSaid {
  /** names this saying among all others */
  readonly id: string;
  readonly project: string;
  readonly by: string;
  readonly now: number;
}

/** Whether something changed by it, or it was so already; or that the key stands for another request. */
export type TaskChanged = { readonly kind: "new" | "known" } | { readonly kind: "conflict" };

/** A person says that the task of a project is completed, once per idempotency key; where it is so already, nothing is said. */
export const completeTask = write(
  "completeTask",
  (
    db: WriterDatabase,
    said: TaskSaid & { readonly title: string | null },
    idempotency: IdempotencyKey | undefined,
  ): TaskChanged => {
    const { id, by, title, now: at } = said;
    const data = { by, ...(title === null ? {} : { title }) };
    const event = {
      type: "task.completed" as const,
      at,
      project: said.project,
      sourceKey: `task.completed/${id}`,
      data,
    };
    return change(db, { ...said, state: "completed" }, { event, idempotency });
  },
);

/** A person says that the task of a project is not completed, in the same way. */
export const reopenTask = write(
  "reopenTask",
  (db: WriterDatabase, said: TaskSaid, idempotency: IdempotencyKey | undefined): TaskChanged => {
    const { id, by, project, now: at } = said;
    const event = { type: "task.reopened" as const, at, project, sourceKey: `task.reopened/${id}`, data: { by } };
    return change(db, { ...said, state: "open", title: null }, { event, idempotency });
  },
);

function change(
  db: WriterDatabase,
  { id, project, state, by, now, title }: TaskSaid & Pick<ProjectTaskRow, "state" | "title">,
  { event, idempotency }: { readonly event: HalEvent; readonly idempotency: IdempotencyKey | undefined },
): TaskChanged {
  const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
  if (known === "other") return { kind: "conflict" };
  if (known !== undefined) return { kind: "known" };
  if (idempotency !== undefined) saveKey(db, idempotency, { made: id, now });
  const before = taskStatements(db).read([project]);
  if ((before?.state ?? "open") === state) return { kind: "known" };
  const eventId = appendEvent(db, {
    nodeId: null,
    epoch: null,
    seq: null,
    sourceKey: event.sourceKey ?? null,
    at: event.at,
    receivedAt: now,
    type: event.type,
    project,
    sessionId: null,
    data: JSON.stringify(event.data),
  });
  if (eventId === undefined) return { kind: "known" };
  if (state === "completed") markEverywhere(db, { project, by });
  else unmark(db, project);
  taskStatements(db).write({ project, state, eventId, since: now, by, nodeId: null, sessionId: null, title });
  return { kind: "new" };
}

/** So many are kept of each project. */
const MOST_STARTS = 100;

/** Says of a project that it waits for others still, which is nothing that anybody has to hear of. */
export const WAITS = "waits";

/** Keeps what became of a project whose turn it may be, once for each event, and tells why where it was not started; false where it is kept already. */
export const recordProjectStart = write("recordProjectStart", (db: WriterDatabase, start: ProjectStartRow): boolean => {
  const { changes } = db.orm.insert(projectStarts).values(start).onConflictDoNothing().run();
  if (changes === 0) return false;
  tellNotStarted(db, start, start.at);
  db.sqlite.driver
    .prepare(
      `delete from project_starts where project = ? and event_id <=
         (select event_id from project_starts where project = ? order by event_id desc limit 1 offset ?)`,
    )
    .run(start.project, start.project, MOST_STARTS);
  return true;
});

/** Keeps why what was asked of a node began nothing, once, and tells it. */
export const failProjectStart = write(
  "failProjectStart",
  (
    db: WriterDatabase,
    commandId: string,
    { code, reason, now }: { readonly code: string; readonly reason: string; readonly now: number },
  ): boolean => {
    const failed = db.orm
      .update(projectStarts)
      .set({ code, reason })
      .where(and(eq(projectStarts.commandId, commandId), isNull(projectStarts.reason)))
      .returning()
      .all();
    for (const start of failed) tellNotStarted(db, start, now);
    return failed.length > 0;
  },
);

function tellNotStarted(
  db: WriterDatabase,
  { project, eventId, upstream, commandId, code, reason }: ProjectStartRow,
  at: number,
): void {
  if (reason === null || code === WAITS) return;
  const event = {
    type: "project.not_started" as const,
    at,
    project,
    sourceKey: `project.not_started/${eventId}/${project}`,
    data: { reason, code: code ?? "unknown", after: upstream, ...(commandId === null ? {} : { commandId }) },
  };
  appendOwnEvents.within(db, [{ event }], at);
}
