import type { Sqlite } from "../file/sqlite.ts";

export interface PruneOptions {
  /** what was received, or has ended, before this time may go; milliseconds since 1970 */
  readonly before: number;
  /** most rows that one step looks at, and that it deletes */
  readonly limit: number;
  /** no event behind this one goes, so that a follower that is slow misses nothing */
  readonly upTo?: number | undefined;
  /** counts, and leaves everything where it is */
  readonly isDryRun?: boolean | undefined;
}

/** Deletes rows of a table by their row ids. */
export function removeRows(driver: Sqlite["driver"], table: string, rows: readonly number[]): void {
  if (rows.length === 0) return;
  driver.prepare(`delete from ${table} where rowid in (select value from json_each(?))`).run(JSON.stringify(rows));
}
