import type { Sqlite } from "../../file/sqlite.ts";
import { type PruneOptions, removeRows } from "../prune-part.ts";

/** One step: lets notices go that were closed long ago; what waits stays, however long it does. */
export function pruneNotices(
  driver: Sqlite["driver"],
  after: number,
  { before, limit, isDryRun }: PruneOptions,
): { readonly counts: { readonly notices: number }; readonly after: number | undefined } {
  const looked = driver
    .prepare<[number, number], { row: number; closedAt: number | null }>(
      "select rowid as row, closed_at as closedAt from notices where rowid > ? order by rowid limit ?",
    )
    .all(after, limit);
  const rows = looked.filter(({ closedAt }) => closedAt !== null && closedAt < before).map(({ row }) => row);
  if (isDryRun !== true) {
    removeRows(driver, "notices", rows);
    driver.prepare<[number]>("delete from cards where closed_at < ?").run(before);
    driver.prepare("delete from buttons where card_id not in (select id from cards)").run();
  }
  return { counts: { notices: rows.length }, after: looked.at(-1)?.row };
}
