import { randomUUID } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { Sqlite } from "../../file/sqlite.ts";
import { prepared } from "../../prepared.ts";
import type { Orm, SupervisorStore } from "../store.ts";
import { write } from "../write.ts";
import { WriterDatabase } from "../writer-database.ts";
import { meta } from "./schema.ts";
import { appendOwnEvents } from "./writes.ts";

/** So many earlier lives of a log are remembered. */
const MOST_LIVES = 100;

/** The name of this life of the event log; a new log gets one. */
export function logIdOf(orm: Orm): string {
  return readMeta(orm, "log_id") ?? writeLogId(orm);
}

/** Whether this is the name of an earlier life of the log. */
export function isEarlierLife(orm: Orm, logId: string): boolean {
  return earlierLives(orm).includes(logId);
}

/** When a copy of the log that was restored began to be used, in milliseconds since 1970; undefined where it is the first life. */
export function restoredAt(orm: Orm): number | undefined {
  const at = readMeta(orm, "restored_at");
  return at === undefined ? undefined : Number(at);
}

/** Begins a new life of the log, so that cursors of the life that was lost are refused (protocol §4.6). */
export const nameLife = write("nameLife", (db: Pick<WriterDatabase, "orm">, now: number): string => {
  const before = readMeta(db.orm, "log_id");
  if (before !== undefined)
    writeMeta(db.orm, "log_ids", JSON.stringify([...earlierLives(db.orm), before].slice(-MOST_LIVES)));
  writeMeta(db.orm, "restored_at", String(now));
  return writeLogId(db.orm);
});

/** The same of a store that is in use. */
export async function renewLogId(store: SupervisorStore, now: number): Promise<void> {
  store.logId = await nameLife(store, now);
}

/** Begins the life of a copy that was restored, and says so in the log, before anybody uses it. */
export function beginRestoredLife({ driver, orm }: Pick<Sqlite, "driver" | "orm">, now: number): string {
  const db = new WriterDatabase({ driver, orm, close: () => undefined });
  return driver
    .transaction(() => {
      const logId = nameLife.within(db, now);
      const data = { reason: "supervisor_restored" };
      appendOwnEvents.within(db, [{ event: { type: "gap", at: now, sourceKey: `restored/${logId}`, data } }], now);
      return logId;
    })
    .immediate();
}

function earlierLives(orm: Orm): string[] {
  return JSON.parse(readMeta(orm, "log_ids") ?? "[]") as string[];
}

function writeLogId(orm: Orm): string {
  const value = randomUUID().slice(0, 8);
  writeMeta(orm, "log_id", value);
  return value;
}

const readingMeta = prepared((orm: Orm) =>
  orm
    .select()
    .from(meta)
    .where(eq(meta.key, sql.placeholder("key")))
    .prepare(),
);

function readMeta(orm: Orm, key: string): string | undefined {
  return readingMeta(orm).get({ key })?.value;
}

function writeMeta(orm: Orm, key: string, value: string): void {
  orm.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
}

/** Whether the database takes writes just now; throws what the driver says where it does not. */
export const probeWritable = write("probeWritable", (db: WriterDatabase): void => {
  writeMeta(db.orm, "probe", "1");
});
