import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Sqlite } from "../../sqlite.ts";
import type { Orm } from "../store.ts";
import { WriterDatabase } from "../writer-database.ts";
import { meta } from "./schema.ts";
import { appendOwnEvents } from "./writes.ts";

/** So many earlier lives of a log are remembered. */
const MOST_LIVES = 100;

/** The name of this life of the event log; a new log gets one. */
export function logIdOf(orm: Orm): string {
  return read(orm, "log_id") ?? writeLogId(orm);
}

/** Whether this is the name of an earlier life of the log. */
export function isEarlierLife(orm: Orm, logId: string): boolean {
  return earlierLives(orm).includes(logId);
}

/** When a copy of the log that was restored began to be used, in milliseconds since 1970; undefined where it is the first life. */
export function restoredAt(orm: Orm): number | undefined {
  const at = read(orm, "restored_at");
  return at === undefined ? undefined : Number(at);
}

/** Begins a new life of the log, so that cursors of the life that was lost are refused (protocol §4.6). */
export function renewLogId(db: Pick<WriterDatabase, "orm">, now: number): string {
  const before = read(db.orm, "log_id");
  if (before !== undefined)
    write(db.orm, "log_ids", JSON.stringify([...earlierLives(db.orm), before].slice(-MOST_LIVES)));
  write(db.orm, "restored_at", String(now));
  return writeLogId(db.orm);
}

/** Begins the life of a copy that was restored, and says so in the log, before anybody uses it. */
export function beginRestoredLife({ driver, orm }: Pick<Sqlite, "driver" | "orm">, now: number): string {
  const db = new WriterDatabase({ driver, orm, close: () => undefined });
  return driver
    .transaction(() => {
      const logId = renewLogId(db, now);
      const data = { reason: "supervisor_restored" };
      appendOwnEvents(db, [{ event: { type: "gap", at: now, sourceKey: `restored/${logId}`, data } }], now);
      return logId;
    })
    .immediate();
}

function earlierLives(orm: Orm): string[] {
  return JSON.parse(read(orm, "log_ids") ?? "[]") as string[];
}

function writeLogId(orm: Orm): string {
  const value = randomUUID().slice(0, 8);
  write(orm, "log_id", value);
  return value;
}

function read(orm: Orm, key: string): string | undefined {
  return orm.select().from(meta).where(eq(meta.key, key)).get()?.value;
}

function write(orm: Orm, key: string, value: string): void {
  orm.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
}

/** Whether the database takes writes just now; throws what the driver says where it does not. */
export function probeWritable(db: WriterDatabase): void {
  write(db.orm, "probe", "1");
}
