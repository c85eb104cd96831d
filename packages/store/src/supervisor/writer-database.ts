import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Sqlite } from "../file/sqlite.ts";
import { AppendTally } from "./append-tally.ts";
import type { Orm } from "./store.ts";

/** What writes work on: the one connection that writes. Each capability prepares its statements on it once. */
export class WriterDatabase {
  readonly sqlite: Sqlite;
  readonly orm: Orm;
  /** what is appended in the transaction that runs */
  readonly appended = new AppendTally();

  constructor(sqlite: Sqlite) {
    this.sqlite = sqlite;
    this.orm = sqlite.orm;
  }

  /** Does it as a whole or not at all, what it counts as appended included; inside of another one as a part of that. */
  atomically<T>(work: () => T): T {
    const before = this.appended.mark();
    try {
      return this.sqlite.driver.transaction(work)();
    } catch (error) {
      this.appended.backTo(before);
      throw error;
    }
  }
}

/** A placeholder for each column, under its name in TypeScript. */
export function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  const columns = Object.keys(getTableColumns(table));
  return Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)])) as T["$inferInsert"];
}

/** Each column but those as the row that could not be inserted has it. */
export function excluded(table: SQLiteTable, but: readonly SQLiteColumn[]): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table)).filter(([, column]) => !but.includes(column));
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}
