import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { drizzle, type BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { StoreError } from "./store-error.ts";

/** An open database: Drizzle for questions, the bare driver for transactions and pragmas. */
export interface Sqlite {
  readonly driver: Database.Database;
  readonly orm: BetterSQLite3Database;
  /** checkpoints, so that the main file is complete by itself, and closes */
  close(): void;
}

/** Runs `work` in one transaction, which commits when it returns and is undone when it throws. */
export function inTransaction<T>(store: { readonly sqlite: Sqlite }, work: () => T): T {
  return store.sqlite.driver.transaction(work).immediate();
}

export interface OpenOptions {
  readonly file: string;
  /** drizzle's migrations folder */
  readonly migrations: string;
}

/**
 * Opens a database so that a commit survives a power cut (WAL, `synchronous=FULL`), brings it to this
 * program's version in one transaction, after a copy beside it, and refuses a damaged or a newer one.
 */
export function openSqlite(options: OpenOptions): Sqlite {
  const { file, migrations } = options;
  const isNew = !existsSync(file);
  const driver = openDriver(file);
  try {
    driver.pragma("journal_mode = WAL");
    driver.pragma("synchronous = FULL");
    driver.pragma("foreign_keys = ON");
    driver.pragma("busy_timeout = 5000");
    if (isNew) chmodSync(file, 0o640);
    const pending = pendingMigrations(driver, migrations, file);
    if (pending > 0 && !isNew) backUp(driver, file);
    const orm = drizzle(driver);
    if (pending > 0) migrate(orm, { migrationsFolder: migrations });
    return { driver, orm, close: () => closeDriver(driver) };
  } catch (error) {
    driver.close();
    throw damaged(error) ? corrupt(file, error) : error;
  }
}

function openDriver(file: string): Database.Database {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return new Database(file);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw new StoreError(`cannot open the database ${file}: ${code ?? ""} ${message}`.replace("  ", " "), {
      cause: error,
    });
  }
}

function closeDriver(driver: Database.Database): void {
  if (!driver.open) return;
  driver.pragma("wal_checkpoint(TRUNCATE)");
  driver.close();
}

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[];
}

/** How many of the program's migrations the database lacks. */
function pendingMigrations(driver: Database.Database, migrations: string, file: string): number {
  const journal = JSON.parse(readFileSync(join(migrations, "meta", "_journal.json"), "utf8")) as Journal;
  const newestKnown = journal.entries.at(-1)?.when ?? 0;
  const newestApplied = newestAppliedMigration(driver);
  if (newestApplied > newestKnown)
    throw new StoreError(
      `the database ${file} was written by a newer version of this program; upgrade it, or restore a backup`,
    );
  return journal.entries.filter((entry) => entry.when > newestApplied).length;
}

function newestAppliedMigration(driver: Database.Database): number {
  const known = driver.prepare("select 1 from sqlite_master where name = '__drizzle_migrations'").get();
  if (known === undefined) return 0;
  const row = driver.prepare("select max(created_at) as newest from __drizzle_migrations").get() as {
    newest: number | null;
  };
  return row.newest ?? 0;
}

function backUp(driver: Database.Database, file: string): void {
  driver.pragma("wal_checkpoint(TRUNCATE)");
  copyFileSync(file, `${file}.before-migration`);
  chmodSync(`${file}.before-migration`, 0o640);
}

function damaged(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB";
}

function corrupt(file: string, cause: unknown): StoreError {
  return new StoreError(
    `the database ${file} is damaged (${(cause as Error).message}); it was left as it is: move it away and restore ${file}.backup, or start without it to begin anew`,
    { cause },
  );
}
