import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { WAL_PAGES } from "./checkpointer.ts";
import type { Sqlite } from "./sqlite.ts";

/** How long a connection waits for another one that writes, in milliseconds. */
const BUSY_MS = 5_000;

/**
 * One more connection to a database that `openSqlite` has opened and keeps open. Closing it leaves the file to that one.
 * `movesWal` false leaves it to a `Checkpointer` to keep the WAL short.
 */
export function connectSqlite(file: string, { movesWal = true } = {}): Sqlite {
  const driver = new Database(file, { fileMustExist: true });
  driver.pragma("synchronous = FULL");
  driver.pragma("foreign_keys = ON");
  driver.pragma(`busy_timeout = ${BUSY_MS}`);
  driver.pragma(`wal_autocheckpoint = ${movesWal ? WAL_PAGES : 0}`);
  return { driver, orm: drizzle(driver), close: () => driver.close() };
}
