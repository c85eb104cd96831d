import type { HalEvent } from "@hal/protocol";
import { prepared } from "../../prepared.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { StoredEvent } from "./schema.ts";

/** An event of the supervisor's own; told twice with one source key, it is in the log once (protocol §4.9). */
export interface OwnEvent {
  readonly event: HalEvent;
  readonly nodeId?: string | undefined;
}

/** A row of the event log before it has its place. */
export type NewEvent = Omit<StoredEvent, "id">;

const appending = prepared(({ sqlite }: WriterDatabase) =>
  sqlite.driver.prepare(`insert into events
    (node_id, epoch, seq, source_key, at, received_at, type, project, session_id, data)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`),
);

/** Appends an event and returns its id; undefined where its source key is in the log already. */
export function appendEvent(db: WriterDatabase, row: NewEvent): number | undefined {
  const { nodeId, epoch, seq, sourceKey, at, receivedAt, type, project, sessionId, data } = row;
  const { changes, lastInsertRowid } = appending(db).run(
    nodeId,
    epoch,
    seq,
    sourceKey,
    at,
    receivedAt,
    type,
    project,
    sessionId,
    data,
  );
  if (changes === 0) return undefined;
  const id = Number(lastInsertRowid);
  db.appended.event(id, type, data);
  return id;
}

/** Appends the supervisor's own events and returns those that were not in the log yet. */
export function appendOwnEvents(db: WriterDatabase, own: readonly OwnEvent[], receivedAt: number): HalEvent[] {
  return own.flatMap(({ event, nodeId }) => {
    const id = appendEvent(db, {
      nodeId: nodeId ?? null,
      epoch: null,
      seq: null,
      sourceKey: event.sourceKey ?? null,
      at: event.at,
      receivedAt,
      type: event.type,
      project: event.project ?? null,
      sessionId: event.session ?? null,
      data: JSON.stringify(event.data),
    });
    return id === undefined ? [] : [event];
  });
}
