import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { readPrunedUpTo } from "./prune.ts";

/** What can be told of a supervisor's database at a glance. */
export interface DatabaseFacts {
  readonly sizeBytes: number;
  /** what is not in the main file yet */
  readonly walBytes: number;
  readonly logId: string;
  /** how often its schema was changed */
  readonly schemaVersion: number;
  /** by the ids at both ends of the log, without counting */
  readonly eventsAtMost: number;
  readonly oldestEventAt: number | undefined;
  readonly newestEventAt: number | undefined;
  /** 0 where nothing was pruned yet */
  readonly prunedUpTo: number;
}

/** Reads a few rows of a database, which may be in use. */
export function readDatabaseFacts(file: string): DatabaseFacts {
  const driver = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const end = (order: "asc" | "desc") =>
      driver
        .prepare<[], { id: number; at: number }>(
          `select id, received_at as at from events order by id ${order} limit 1`,
        )
        .get();
    const [oldest, newest] = [end("asc"), end("desc")];
    return {
      sizeBytes: statSync(file).size,
      walBytes: statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      logId: driver.prepare<[], string>("select value from meta where key = 'log_id'").pluck().get() ?? "none",
      schemaVersion: Number(driver.prepare("select count(*) from __drizzle_migrations").pluck().get()),
      eventsAtMost: oldest === undefined || newest === undefined ? 0 : newest.id - oldest.id + 1,
      oldestEventAt: oldest?.at,
      newestEventAt: newest?.at,
      prunedUpTo: readPrunedUpTo(driver),
    };
  } finally {
    driver.close();
  }
}
