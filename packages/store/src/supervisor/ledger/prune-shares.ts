import type { Sqlite } from "../../file/sqlite.ts";
import { type PruneOptions, removeRows } from "../prune-part.ts";
import { dayOf, dayOfSlot } from "./slots.ts";

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
export function pruneShares(
  driver: Sqlite["driver"],
  after: number,
  { before, limit, isDryRun }: PruneOptions,
): { readonly counts: { readonly spentMessages: number }; readonly after: number | undefined } {
  const openFrom = dayOf(before) - KEPT_DAYS;
  const looked = driver
    .prepare<[number, number], { row: number; slot: number }>(
      "select rowid as row, slot from spent_shares where rowid > ? order by rowid limit ?",
    )
    .all(after, limit);
  const rows = looked.filter(({ slot }) => dayOfSlot(slot) < openFrom).map(({ row }) => row);
  if (isDryRun !== true && rows.length > 0) {
    driver
      .prepare(
        `insert into meta (key, value) values ('spent_open_from', ?)
         on conflict (key) do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
      )
      .run(String(openFrom));
    removeRows(driver, "spent_shares", rows);
    forgetPrompts(driver, openFrom, limit);
  }
  return { counts: { spentMessages: rows.length }, after: looked.at(-1)?.row };
}

/** Of a session that goes on, the newest stays: what it does next answers that. */
function forgetPrompts(driver: Sqlite["driver"], openFrom: number, limit: number): void {
  driver
    .prepare(
      `delete from spent_prompts where rowid in (
         select p.rowid from spent_prompts p where p.at < ? and exists (
           select 1 from spent_prompts later where later.session_id = p.session_id and later.id > p.id and later.at < ?
         ) limit ?
       )`,
    )
    .run(openFrom * 86_400_000, openFrom * 86_400_000, limit);
}
