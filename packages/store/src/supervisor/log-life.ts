import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Orm } from "./open.ts";
import { meta } from "./schema.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** The name of this life of the event log; a new log gets one. */
export function logIdOf(orm: Orm): string {
  return orm.select().from(meta).where(eq(meta.key, "log_id")).get()?.value ?? writeLogId(orm);
}

/** Begins a new life of the log, so that cursors of the life that was lost are refused (protocol §4.6). */
export function renewLogId(db: WriterDatabase): string {
  return writeLogId(db.orm);
}

function writeLogId(orm: Orm): string {
  const value = randomUUID().slice(0, 8);
  orm.insert(meta).values({ key: "log_id", value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
  return value;
}

/** Whether the database takes writes just now; throws what the driver says where it does not. */
export function probeWritable(db: WriterDatabase): void {
  db.orm
    .insert(meta)
    .values({ key: "probe", value: "1" })
    .onConflictDoUpdate({ target: meta.key, set: { value: "1" } })
    .run();
}
