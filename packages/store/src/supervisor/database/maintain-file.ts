import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { connectSqlite } from "../../file/connect.ts";
import { pendingMigrations } from "../../file/migrations.ts";
import { restoreBackup as restore } from "../../file/hold-database.ts";
import { inTransaction, type OpenOptions, openSqlite, type Sqlite } from "../../file/sqlite.ts";
import { StoreError } from "../../store-error.ts";
import { WriterDatabase } from "../writer-database.ts";
import { MEND_ROWS, mendAll, type MendCounts, mendStep, unreadableRows } from "./mend-rows.ts";
import { prune, type PruneCounts, pruneStep } from "./prune.ts";
import type { PruneOptions } from "../prune-part.ts";

/** Puts a backup in the place of a supervisor's database; returns where the earlier one is now. */
export function restoreBackup(file: string, backup: string): string | undefined {
  return restore(file, backup, ["events", "sessions", "commands", "meta"]);
}

/** Prunes a database from outside of its supervisor; steps of a running one come in between. */
export async function pruneFile(
  options: OpenOptions & { readonly isInUse: boolean },
  what: PruneOptions,
): Promise<PruneCounts> {
  const sqlite = options.isInUse ? connectSameVersion(options) : openSqlite(options);
  try {
    const db = new WriterDatabase(sqlite);
    return await prune((place) => inTransaction({ sqlite }, () => pruneStep.within(db, place, what)));
  } finally {
    sqlite.close();
  }
}

/** Mends a database from outside of its supervisor, or only counts what could be mended. */
export async function mendFile(
  options: OpenOptions & { readonly isInUse: boolean },
  { now, isDryRun }: { readonly now: number; readonly isDryRun: boolean },
): Promise<MendCounts> {
  if (isDryRun) return countOnly(options);
  const sqlite = options.isInUse ? connectSameVersion(options) : openSqlite(options);
  try {
    const db = new WriterDatabase(sqlite);
    return await mendAll((place) =>
      inTransaction({ sqlite }, () => mendStep.within(db, place, { now, limit: MEND_ROWS })),
    );
  } finally {
    sqlite.close();
  }
}

/** By a connection that may only read: the file stays the one that was used last. One of another version is not looked at. */
async function countOnly({ file, migrations }: OpenOptions): Promise<MendCounts> {
  const driver = new Database(file, { readonly: true, fileMustExist: true });
  try {
    if (pendingMigrations(driver, migrations, file) > 0) return {};
    return await unreadableRows({ driver, orm: drizzle(driver), close: () => undefined });
  } finally {
    driver.close();
  }
}

function connectSameVersion({ file, migrations }: OpenOptions): Sqlite {
  const sqlite = connectSqlite(file);
  if (pendingMigrations(sqlite.driver, migrations, file) === 0) return sqlite;
  sqlite.close();
  throw new StoreError(`the database ${file} is in use by an older version of this program; stop that first`);
}
