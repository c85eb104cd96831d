import { prepared } from "../../prepared.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { StoredEvent } from "./schema.ts";

/** A row of the event log before it has its place. */
type NewEvent = Omit<StoredEvent, "id">;

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
