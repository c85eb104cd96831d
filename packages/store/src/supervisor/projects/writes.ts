import type { HalEvent } from "@hal/protocol";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { appendEvent } from "../log/append-event.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { taskStatements } from "./rows.ts";
import type { ProjectTaskRow } from "./schema.ts";

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
  taskStatements(db).write({ project, state, eventId, since: now, by, nodeId: null, sessionId: null, title });
  return { kind: "new" };
}
