import type { Sqlite } from "../../file/sqlite.ts";
import type { PruneOptions } from "../prune-part.ts";
import { dayOf, slotOfDay } from "./slots.ts";

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

/**
 * One step: closes the days before, and forgets by which messages they were spent, account by account. One that holds more than
 * a step may delete is looked at again.
 */
export function pruneShares(
  driver: Sqlite["driver"],
  after: number,
  { before, limit, isDryRun = false }: PruneOptions,
): { readonly counts: { readonly spentMessages: number }; readonly after: number | undefined } {
  const openFrom = dayOf(before) - KEPT_DAYS;
  const accounts = driver
    .prepare<[number, number], { id: number; sessionId: string }>(
      "select id, session_id as sessionId from spent_accounts where id > ? order by id limit ?",
    )
    .all(after, limit);
  const closed = driver
    .prepare<[string, number, number, number, number], string>(
      `select id from spent_shares where session_id = ? and account = ?
       and (slot between 0 and ? or slot between ? and -1) limit ?`,
    )
    .pluck();
  const forget = driver.prepare<[string, string]>(
    "delete from spent_shares where session_id = ? and id in (select value from json_each(?))",
  );
  let spentMessages = 0;
  let done = after;
  for (const { id, sessionId } of accounts) {
    const room = isDryRun ? -1 : limit - spentMessages;
    const ids = closed.all(sessionId, id, 96 * openFrom - 1, slotOfDay(openFrom) + 1, room);
    if (ids.length > 0 && !isDryRun) {
      close(driver, openFrom);
      forget.run(sessionId, JSON.stringify(ids));
    }
    spentMessages += ids.length;
    if (!isDryRun && spentMessages === limit) return { counts: { spentMessages }, after: done };
    done = id;
  }
  if (spentMessages > 0 && !isDryRun) forgetPrompts(driver, openFrom, limit);
  return { counts: { spentMessages }, after: accounts.at(-1)?.id };
}

/** No message that is told from now on counts in a day before. */
function close(driver: Sqlite["driver"], openFrom: number): void {
  driver
    .prepare(
      `insert into meta (key, value) values ('spent_open_from', ?)
       on conflict (key) do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
    )
    .run(String(openFrom));
}

/** Of a session that goes on, the newest stays: what it does next answers that. */
function forgetPrompts(driver: Sqlite["driver"], openFrom: number, limit: number): void {
  driver
    .prepare(
      `delete from spent_prompts where (session_id, id) in (
         select p.session_id, p.id from spent_prompts p where p.at < ? and exists (
           select 1 from spent_prompts later where later.session_id = p.session_id and later.id > p.id and later.at < ?
         ) limit ?
       )`,
    )
    .run(openFrom * 86_400_000, openFrom * 86_400_000, limit);
}
