import type Database from "better-sqlite3";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { prepared } from "../prepared.ts";
import type { Sqlite } from "../file/sqlite.ts";

/** A column that is seldom set, and by a statement of its own: named in each write, its index would be written each time. */
interface Apart {
  readonly name: string;
  readonly set: Database.Statement;
}

/**
 * Reads and writes whole rows of one table by its key, as Drizzle maps them. By the bare driver, because these run for each
 * event: through Drizzle they cost twice as much.
 */
export class RowStatements<Row extends object> {
  readonly #names: readonly string[];
  readonly #columns: readonly SQLiteColumn[];
  readonly #key: readonly string[];
  readonly #read;
  readonly #put;
  readonly #apart: readonly Apart[];

  constructor({ driver }: Sqlite, table: SQLiteTable, key: readonly SQLiteColumn[], apart: readonly SQLiteColumn[]) {
    const columns = Object.entries<SQLiteColumn>(getTableColumns(table));
    const nameOf = (column: SQLiteColumn): string => columns.find(([, one]) => one === column)?.[0] ?? "";
    this.#names = columns.map(([name]) => name);
    this.#columns = columns.map(([, column]) => column);
    this.#key = key.map(nameOf);
    const [name, quoted] = [getTableName(table), this.#columns.map((column) => `"${column.name}"`)];
    const isKey = key.map((column) => `"${column.name}" = ?`).join(" and ");
    const kept = new Set([...key, ...apart]);
    const set = this.#columns.filter((column) => !kept.has(column));
    this.#read = driver
      .prepare<unknown[], unknown[]>(`select ${quoted.join(", ")} from "${name}" where ${isKey}`)
      .raw();
    this.#put = driver.prepare(
      `insert into "${name}" (${quoted.join(", ")}) values (${quoted.map(() => "?").join(", ")})
       on conflict (${key.map((column) => `"${column.name}"`).join(", ")}) do update
       set ${set.map((column) => `"${column.name}" = excluded."${column.name}"`).join(", ")}`,
    );
    this.#apart = apart.map((column) => ({
      name: nameOf(column),
      set: driver.prepare(`update "${name}" set "${column.name}" = ? where ${isKey} and "${column.name}" is not ?`),
    }));
  }

  /** The row with this key, its parts in the order in which the key was given. */
  read(key: readonly string[]): Row | undefined {
    const values = this.#read.get(...key);
    if (values === undefined) return undefined;
    const row: Record<string, unknown> = {};
    for (const [index, column] of this.#columns.entries()) {
      const value = values[index];
      row[this.#names[index] as string] = value === null ? null : column.mapFromDriverValue(value);
    }
    return row as Row;
  }

  /** Makes a row what it is now; `before` is how it is stored, where that is known. */
  write(row: Row, before?: Row): void {
    this.#put.run(...this.#columns.map((column, index) => written(column, this.#valueOf(row, index))));
    for (const { name, set } of this.#apart) {
      const value: unknown = Reflect.get(row, name);
      if (value !== (before === undefined ? null : Reflect.get(before, name)))
        set.run(value, ...this.keyOf(row), value);
    }
  }

  keyOf(row: Row): string[] {
    return this.#key.map((name) => Reflect.get(row, name) as string);
  }

  #valueOf(row: Row, index: number): unknown {
    return Reflect.get(row, this.#names[index] as string);
  }
}

function written(column: SQLiteColumn, value: unknown): unknown {
  return value === null || value === undefined ? null : column.mapToDriverValue(value);
}

/** The statements of a table, prepared once for each database. */
export function rowStatements<Row extends object>(
  table: SQLiteTable,
  key: readonly SQLiteColumn[],
  apart: readonly SQLiteColumn[] = [],
): (db: { readonly sqlite: Sqlite }) => RowStatements<Row> {
  return prepared(({ sqlite }) => new RowStatements<Row>(sqlite, table, key, apart));
}
