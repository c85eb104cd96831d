import type { Sqlite } from "../../file/sqlite.ts";
import { type PruneOptions, removeRows } from "../prune-part.ts";
import { dayOf } from "./questions.ts";

/**
 * So many days longer than anything else is kept that a message was counted. An agent that comes back after them adds nothing to the
 * days before, and one that tells its whole history anew, as after the loss of its data, adds nothing twice.
 */
const KEPT_DAYS = 30;

/** The first day to which a message that is told may still add something; sums of the days before it are final. */
export function readFirstOpenDay({ driver }: Pick<Sqlite, "driver">): () => number {
  const read = driver.prepare<[], string>("select value from meta where key = 'spent_open_from'").pluck();
  return () => Number(read.get() ?? 0);
}

/** One step: closes the days before, and forgets by which messages they were spent. */
export function pruneSpent(
  driver: Sqlite["driver"],
  after: number,
  { before, limit, isDryRun }: PruneOptions,
): { readonly counts: { readonly spentMessages: number }; readonly after: number | undefined } {
  const openFrom = dayOf(before) - KEPT_DAYS;
  const looked = driver
    .prepare<[number, number], { row: number; day: number }>(
      "select rowid as row, day from spent_messages where rowid > ? order by rowid limit ?",
    )
    .all(after, limit);
  const rows = looked.filter(({ day }) => day < openFrom).map(({ row }) => row);
  if (isDryRun !== true && rows.length > 0) {
    driver
      .prepare(
        `insert into meta (key, value) values ('spent_open_from', ?)
         on conflict (key) do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
      )
      .run(String(openFrom));
    removeRows(driver, "spent_messages", rows);
  }
  return { counts: { spentMessages: rows.length }, after: looked.at(-1)?.row };
}
