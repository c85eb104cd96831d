import path from "node:path";
import { openSupervisorStore } from "@hal/store/supervisor";
import { ROOT } from "../../e2e/harness/program.ts";
import { databaseIn } from "./bench-supervisor.ts";

/** The bare driver, on a database as the supervisor makes it: schema, indexes and pragmas. */
export type Driver = ReturnType<typeof openSupervisorStore>["sqlite"]["driver"];

/** A row of the event log; its columns are the schema's. */
export type Row = Readonly<Record<string, unknown>>;

/** A database that this process has to itself until it is closed. */
export interface OwnDatabase {
  readonly driver: Driver;
  /** in order, so that a supervisor takes it over without a doubt */
  close(): void;
}

/** As the supervisor's writer has it. */
const WAL_PAGES = 4_000;

/** Opens the database of a supervisor's folder, which must not run, and makes it where there is none. */
export function openDatabase(folder: string): OwnDatabase {
  const migrations = path.join(ROOT, "packages", "store", "migrations", "supervisor");
  const { sqlite } = openSupervisorStore({ file: databaseIn(folder), migrations });
  sqlite.driver.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
  return sqlite;
}

/** What agents told, in the order of the log. */
export function readLog(driver: Driver): Row[] {
  return driver.prepare("select * from events where seq is not null order by id").all() as Row[];
}

/** Inserts rows as they are, so many a commit, and returns how long that took in milliseconds. */
export function insertBare(driver: Driver, rows: readonly Row[], rowsPerCommit: number): number {
  const columns = Object.keys(rows[0] ?? {});
  const places = columns.map(() => "?").join(", ");
  const insert = driver.prepare(
    `insert into events (${columns.map((name) => `"${name}"`).join(", ")}) values (${places})`,
  );
  const values = rows.map((row) => columns.map((name) => row[name]));
  const insertMany = driver.transaction((from: number) => {
    for (const row of values.slice(from, from + rowsPerCommit)) insert.run(...row);
  });
  const began = performance.now();
  for (let from = 0; from < values.length; from += rowsPerCommit) insertMany.immediate(from);
  return performance.now() - began;
}

/** How long each of so many small commits takes on this disk, in milliseconds: one event a commit. */
export function timeCommits(driver: Driver, count: number): number[] {
  const insert = driver.prepare(
    "insert into events (node_id, at, received_at, type, data) values ('bench', 1, 1, 'bench.commit', ?)",
  );
  const data = JSON.stringify({ text: "x".repeat(300) });
  return Array.from({ length: count }, () => {
    const began = performance.now();
    insert.run(data);
    return performance.now() - began;
  });
}

/** The sums of `length` neighbours: what as many commits in a row take. */
export function inRow(times: readonly number[], length: number): number[] {
  const sums: number[] = [];
  for (let from = 0; from + length <= times.length; from += length)
    sums.push(times.slice(from, from + length).reduce((sum, time) => sum + time, 0));
  return sums;
}
