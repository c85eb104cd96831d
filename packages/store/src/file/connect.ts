import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import type { Sqlite } from "./sqlite.ts";

/** How long a connection waits for another one that writes, in milliseconds. */
const BUSY_MS = 5_000;

/**
 * How far the WAL may grow before a commit moves it into the file, in pages of 4 KB. Each such commit takes tens of
 * milliseconds: at SQLite's own 1,000 that is one in fifty at 10,000 events a second, and at this one in two hundred.
 */
const WAL_PAGES = 4_000;

/** One more connection to a database that `openSqlite` has opened and keeps open. Closing it leaves the file to that one. */
export function connectSqlite(file: string): Sqlite {
  const driver = new Database(file, { fileMustExist: true });
  driver.pragma("synchronous = FULL");
  driver.pragma("foreign_keys = ON");
  driver.pragma(`busy_timeout = ${BUSY_MS}`);
  driver.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
  return { driver, orm: drizzle(driver), close: () => driver.close() };
}
