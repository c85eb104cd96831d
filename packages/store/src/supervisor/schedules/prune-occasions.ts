import type { Sqlite } from "../../file/sqlite.ts";
import { type PruneOptions, removeRows } from "../prune-part.ts";

/** One step: lets occasions go that were closed long ago. Of each schedule the newest stays, since the next one goes by what came of it. */
export function pruneOccasions(
  driver: Sqlite["driver"],
  after: number,
  { before, limit, isDryRun }: PruneOptions,
): { readonly counts: { readonly occasions: number }; readonly after: number | undefined } {
  const looked = driver
    .prepare<[number, number], { row: number; closedAt: number | null; isNewest: number }>(
      `select o.rowid as row, o.closed_at as closedAt, not exists (
         select 1 from occasions n where n.schedule = o.schedule
         and (n.created_at > o.created_at or (n.created_at = o.created_at and n.id > o.id))
       ) as isNewest
       from occasions o where o.rowid > ? order by o.rowid limit ?`,
    )
    .all(after, limit);
  const rows = looked
    .filter(({ closedAt, isNewest }) => closedAt !== null && closedAt < before && isNewest === 0)
    .map(({ row }) => row);
  if (isDryRun !== true) removeRows(driver, "occasions", rows);
  return { counts: { occasions: rows.length }, after: looked.at(-1)?.row };
}
