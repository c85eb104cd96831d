import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { StoreError } from "../store-error.ts";

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[];
}

/** How many of the program's migrations a database lacks; throws where it has newer ones. */
export function pendingMigrations(driver: Database.Database, migrations: string, file: string): number {
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
