import type Database from "better-sqlite3";
import type { Sqlite } from "../../file/sqlite.ts";
import { type PruneOptions, removeRows } from "../prune-part.ts";
import { pruneNotices } from "../channels/prune-notices.ts";
import { pruneShares } from "../ledger/prune-shares.ts";
import { pruneOccasions } from "../schedules/prune-occasions.ts";
import { write } from "../write.ts";

/** How many rows went, or would go. */
export interface PruneCounts {
  readonly events: number;
  readonly messages: number;
  readonly interactions: number;
  readonly commands: number;
  /** that do not wait any more */
  readonly prompts: number;
  /** of schedules; each keeps its newest */
  readonly occasions: number;
  /** that do not wait any more */
  readonly notices: number;
  readonly idempotencyKeys: number;
  /** by which it is known that what a message cost was counted */
  readonly spentMessages: number;
}

/** What pruning goes through, in this order. */
const PARTS = [
  "events",
  "sessions",
  "commands",
  "prompts",
  "occasions",
  "notices",
  "idempotencyKeys",
  "spentMessages",
] as const;

/** Where pruning is; a step begins where the one before it ended. */
export interface PrunePlace {
  readonly part: (typeof PARTS)[number];
  /** the last row that is done with, or 0 */
  readonly after: number;
}

export interface PruneStep {
  readonly counts: PruneCounts;
  /** undefined at the end */
  readonly next: PrunePlace | undefined;
}

export const PRUNE_START: PrunePlace = { part: PARTS[0], after: 0 };

export const NOTHING_PRUNED: PruneCounts = {
  events: 0,
  messages: 0,
  interactions: 0,
  commands: 0,
  prompts: 0,
  occasions: 0,
  notices: 0,
  idempotencyKeys: 0,
  spentMessages: 0,
};

/**
 * One bounded step of pruning, to be done in a transaction of its own. Whatever its age stays what still lives: the
 * events of a session that was active since or waits for something, messages and interactions of a session that has
 * not ended, open commands, the newest event, and each session's row.
 */
export const pruneStep = write(
  "pruneStep",
  (store: { readonly sqlite: Sqlite }, place: PrunePlace, options: PruneOptions): PruneStep => {
    const { counts, after } = prunePart(store.sqlite.driver, place, options);
    const following = PARTS[PARTS.indexOf(place.part) + 1];
    const further = following === undefined ? undefined : { part: following, after: 0 };
    return {
      counts: { ...NOTHING_PRUNED, ...counts },
      next: after === undefined ? further : { part: place.part, after },
    };
  },
);

/** All steps to the end. `step` does one, in a transaction; what comes between two of them goes first. */
export async function prune(
  step: (place: PrunePlace) => PruneStep | Promise<PruneStep>,
  signal?: AbortSignal,
): Promise<PruneCounts> {
  let total = NOTHING_PRUNED;
  let place: PrunePlace | undefined = PRUNE_START;
  while (place !== undefined) {
    const { counts, next }: PruneStep = await step(place);
    total = add(total, counts);
    place = signal?.aborted === true ? undefined : next;
    await new Promise(setImmediate);
  }
  return total;
}

/** The newest event that was pruned; whoever follows from before it has missed some. 0 where none was. */
export async function prunedUpTo(store: { readonly sqlite: Sqlite }): Promise<number> {
  return readPrunedUpTo(store.sqlite.driver);
}

export function readPrunedUpTo(driver: Sqlite["driver"]): number {
  const row = driver.prepare<[], { value: string }>("select value from meta where key = 'pruned_up_to'").get();
  return Number(row?.value ?? 0);
}

function add(one: PruneCounts, other: PruneCounts): PruneCounts {
  return {
    events: one.events + other.events,
    messages: one.messages + other.messages,
    interactions: one.interactions + other.interactions,
    commands: one.commands + other.commands,
    prompts: one.prompts + other.prompts,
    occasions: one.occasions + other.occasions,
    notices: one.notices + other.notices,
    idempotencyKeys: one.idempotencyKeys + other.idempotencyKeys,
    spentMessages: one.spentMessages + other.spentMessages,
  };
}

/** What went, and the row up to which this part is done; undefined where all of it is. */
interface Progress {
  readonly counts: Partial<PruneCounts>;
  readonly after: number | undefined;
}

function prunePart(driver: Database.Database, place: PrunePlace, options: PruneOptions): Progress {
  switch (place.part) {
    case "events":
      return pruneEvents(driver, place.after, options);
    case "sessions":
      return pruneEndedSessions(driver, place.after, options);
    case "commands":
      return pruneCommands(driver, place.after, options);
    case "prompts":
      return prunePrompts(driver, place.after, options);
    case "occasions":
      return pruneOccasions(driver, place.after, options);
    case "notices":
      return pruneNotices(driver, place.after, options);
    case "idempotencyKeys":
      return pruneKeys(driver, place.after, options);
    case "spentMessages":
      return pruneShares(driver, place.after, options);
    default:
      return place.part satisfies never;
  }
}

/** No event behind this one goes: a named follower has not done it yet. */
function slowestPlace(driver: Database.Database): number {
  const row = driver.prepare<[], { place: number | null }>("select min(place) as place from followers").get();
  return row?.place ?? Number.MAX_SAFE_INTEGER;
}

/** From the oldest on, until a whole step of them is young. */
function pruneEvents(driver: Database.Database, after: number, options: PruneOptions): Progress {
  const { before, limit, isDryRun } = options;
  const upTo = Math.min(options.upTo ?? Number.MAX_SAFE_INTEGER, slowestPlace(driver));
  // the newest stays: it shows how far the log has come
  const looked = driver
    .prepare<[number, number, number], { id: number; receivedAt: number; sessionId: string | null }>(
      `select id, received_at as receivedAt, session_id as sessionId from events
       where id > ? and id <= min(?, (select max(id) from events) - 1) order by id limit ?`,
    )
    .all(after, upTo, limit);
  const old = looked.filter((row) => row.receivedAt < before);
  const living = driver
    .prepare<[string, number], { id: string }>(
      `select id from sessions where id in (select value from json_each(?))
       and (last_activity_at >= ? or status not in ('idle', 'error', 'ended'))`,
    )
    .all(JSON.stringify(old.flatMap(({ sessionId }) => sessionId ?? [])), before);
  const kept = new Set(living.map(({ id }) => id));
  const ids = old.filter(({ sessionId }) => sessionId === null || !kept.has(sessionId)).map(({ id }) => id);
  const newest = ids.at(-1);
  if (isDryRun !== true && newest !== undefined) {
    removeRows(driver, "events", ids);
    driver
      .prepare(
        `insert into meta (key, value) values ('pruned_up_to', ?)
         on conflict (key) do update set value = max(cast(value as integer), cast(excluded.value as integer))`,
      )
      .run(String(newest));
  }
  return { counts: { events: ids.length }, after: old.length === 0 ? undefined : looked.at(-1)?.id };
}

/** What is kept of a session beside it, a row each. */
const KEPT_BESIDE = ["session_health", "policy_sessions", "completed_sessions", "inbox_notes"] as const;

/** What sessions hold that ended long ago. Where one holds more than a step may delete, it is looked at again. */
function pruneEndedSessions(driver: Database.Database, after: number, options: PruneOptions): Progress {
  const { before, limit, isDryRun } = options;
  const looked = driver
    .prepare<[number, number], { row: number; nodeId: string; id: string; status: string; lastActivityAt: number }>(
      `select rowid as row, node_id as nodeId, id, status, last_activity_at as lastActivityAt from sessions
       where rowid > ? order by rowid limit ?`,
    )
    .all(after, limit);
  const rowsOf = (table: "messages" | "interactions") =>
    driver.prepare<[string, string, number], { row: number }>(
      `select rowid as row from ${table} where node_id = ? and session_id = ? limit ?`,
    );
  const [messagesOf, interactionsOf] = [rowsOf("messages"), rowsOf("interactions")];
  const forgetting = KEPT_BESIDE.map((table) =>
    driver.prepare<[string, string]>(`delete from ${table} where node_id = ? and session_id = ?`),
  );
  let [messages, interactions] = [0, 0];
  let done = after;
  for (const { row, nodeId, id, status, lastActivityAt } of looked) {
    if (status === "ended" && lastActivityAt < before) {
      const room = isDryRun === true ? -1 : limit - messages - interactions;
      if (room === 0) return { counts: { messages, interactions }, after: done };
      const someMessages = messagesOf.all(nodeId, id, room).map((one) => one.row);
      const someInteractions = interactionsOf.all(nodeId, id, room < 0 ? -1 : room - someMessages.length);
      messages += someMessages.length;
      interactions += someInteractions.length;
      if (isDryRun !== true) {
        for (const forget of forgetting) forget.run(nodeId, id);
        removeRows(driver, "messages", someMessages);
        removeRows(
          driver,
          "interactions",
          someInteractions.map((one) => one.row),
        );
        if (messages + interactions === limit) return { counts: { messages, interactions }, after: done };
      }
    }
    done = row;
  }
  return { counts: { messages, interactions }, after: looked.at(-1)?.row };
}

function pruneCommands(driver: Database.Database, after: number, { before, limit, isDryRun }: PruneOptions): Progress {
  const looked = driver
    .prepare<[number, number], { row: number; finishedAt: number | null }>(
      "select rowid as row, finished_at as finishedAt from commands where rowid > ? order by rowid limit ?",
    )
    .all(after, limit);
  const rows = looked.filter(({ finishedAt }) => finishedAt !== null && finishedAt < before).map(({ row }) => row);
  if (isDryRun !== true) removeRows(driver, "commands", rows);
  return { counts: { commands: rows.length }, after: looked.at(-1)?.row };
}

/** What waits stays, however long it does. */
function prunePrompts(driver: Database.Database, after: number, { before, limit, isDryRun }: PruneOptions): Progress {
  const looked = driver
    .prepare<[number, number], { row: number; state: string; changedAt: number }>(
      "select rowid as row, state, changed_at as changedAt from prompts where rowid > ? order by rowid limit ?",
    )
    .all(after, limit);
  const rows = looked.filter(({ state, changedAt }) => state !== "pending" && changedAt < before).map(({ row }) => row);
  if (isDryRun !== true) removeRows(driver, "prompts", rows);
  return { counts: { prompts: rows.length }, after: looked.at(-1)?.row };
}

/** A key goes with the command that it stands for. */
function pruneKeys(driver: Database.Database, after: number, { before, limit, isDryRun }: PruneOptions): Progress {
  const looked = driver
    .prepare<[number, number, number, number], { row: number; isFree: number }>(
      `select k.rowid as row, not exists (
         select 1 from commands c where c.id = k.command_id and (c.finished_at is null or c.finished_at >= ?)
       ) and k.created_at < ? as isFree
       from idempotency_keys k where k.rowid > ? order by k.rowid limit ?`,
    )
    .all(before, before, after, limit);
  const rows = looked.filter(({ isFree }) => isFree === 1).map(({ row }) => row);
  if (isDryRun !== true) removeRows(driver, "idempotency_keys", rows);
  return { counts: { idempotencyKeys: rows.length }, after: looked.at(-1)?.row };
}
