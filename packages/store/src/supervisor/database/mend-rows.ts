import { LAST_TIME, MOST_DEPTH } from "@hal/protocol";
import { eq, getTableColumns, getTableName, gt, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Sqlite } from "../../file/sqlite.ts";
import { commands } from "../commands/schema.ts";
import { sessionHealth } from "../health/schema.ts";
import { interactions } from "../interactions/schema.ts";
import { mendQuarters } from "../ledger/mend-quarters.ts";
import { events, meta, type StoredEvent } from "../log/schema.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { nodes } from "../nodes/schema.ts";
import { messages, sessions } from "../sessions/schema.ts";
import { mend, readEvent } from "../sound-rows.ts";
import { write } from "../write.ts";
import { WriterDatabase } from "../writer-database.ts";

/** What mending goes through, in this order: what everybody looks at first, and the log, which is long, at the end. */
const PARTS = [
  "nodes",
  "sessions",
  "sessionHealth",
  "interactions",
  "commands",
  "messages",
  "spentQuarters",
  "events",
] as const;
type Part = (typeof PARTS)[number];

const TABLES = { nodes, sessions, sessionHealth, interactions, commands, messages } as const;

/** Where mending is; a step begins where the one before it ended. */
export interface MendPlace {
  readonly part: Part;
  readonly after: number;
}

export interface MendOptions {
  readonly now: number;
  /** most rows that one step looks at */
  readonly limit: number;
  /** counts, and leaves everything as it is */
  readonly isDryRun?: boolean | undefined;
}

export interface MendStep {
  /** how many rows could not be shown, by part */
  readonly found: MendCounts;
  /** undefined at the end */
  readonly next: MendPlace | undefined;
}

/** How many rows of each part could not be shown; parts without one are not named. */
export type MendCounts = Readonly<Partial<Record<Part, number>>>;

export const MEND_START: MendPlace = { part: PARTS[0], after: 0 };

/**
 * One bounded step, in a transaction of its own: rows that were stored before there were bounds become what they are shown
 * as. An event becomes `event.invalid`, with what it was; of any other row such an event is appended that holds it.
 */
export const mendStep = write("mendStep", (db: WriterDatabase, place: MendPlace, options: MendOptions): MendStep => {
  let found: MendCounts = {};
  let next: MendPlace | undefined = place;
  // a part that is at its end costs no step of its own
  for (let isAtEnd = true; next !== undefined && isAtEnd;) {
    const { part }: MendPlace = next;
    const progress = mendPart(db, next, options);
    if (progress.found > 0) found = { ...found, [part]: progress.found };
    isAtEnd = progress.after === undefined;
    next = progress.after === undefined ? following(part) : { part, after: progress.after };
  }
  if (options.isDryRun !== true) savePlace(db, next);
  return { found, next };
});

function following(part: Part): MendPlace | undefined {
  const next = PARTS[PARTS.indexOf(part) + 1];
  return next === undefined ? undefined : { part: next, after: 0 };
}

/** All steps from a place on. `step` does one, in a transaction; what comes between two of them goes first. */
export async function mendAll(
  step: (place: MendPlace) => MendStep | Promise<MendStep>,
  from: MendPlace | undefined = MEND_START,
  signal?: AbortSignal,
): Promise<MendCounts> {
  const counts = new Map<Part, number>();
  let place: MendPlace | undefined = from;
  while (place !== undefined) {
    const { found, next }: MendStep = await step(place);
    for (const part of PARTS) {
      const count = (counts.get(part) ?? 0) + (found[part] ?? 0);
      if (count > 0) counts.set(part, count);
    }
    place = signal?.aborted === true ? undefined : next;
    await new Promise(setImmediate);
  }
  return Object.fromEntries(counts);
}

/** How many rows of a database cannot be shown as they are; nothing is changed. */
export function unreadableRows(sqlite: Sqlite, signal?: AbortSignal): Promise<MendCounts> {
  const db = new WriterDatabase(sqlite);
  return mendAll(
    (place) => mendStep.within(db, place, { now: 0, limit: MEND_ROWS, isDryRun: true }),
    MEND_START,
    signal,
  );
}

/** So many rows are looked at together: whoever else writes waits for milliseconds. */
export const MEND_ROWS = 1_000;

/** Where the mending goes on that each database needs once; undefined where it was done. */
export function mendPlaceOf({ orm }: Pick<Sqlite, "orm">): MendPlace | undefined {
  const row = orm.select().from(meta).where(eq(meta.key, "mended")).get();
  if (row === undefined) return MEND_START;
  return row.value === DONE ? undefined : (JSON.parse(row.value) as MendPlace);
}

const DONE = "all";

function savePlace({ orm }: WriterDatabase, next: MendPlace | undefined): void {
  const value = next === undefined ? DONE : JSON.stringify(next);
  orm.insert(meta).values({ key: "mended", value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
}

interface Progress {
  readonly found: number;
  readonly after: number | undefined;
}

function mendPart(db: WriterDatabase, { part, after }: MendPlace, options: MendOptions): Progress {
  if (part === "events") return mendEvents(db, after, options);
  if (part === "spentQuarters") return { found: mendQuarters(db.sqlite, options.isDryRun === true), after: undefined };
  return mendRows(db, part, after, options);
}

function mendRows(db: WriterDatabase, part: keyof typeof TABLES, after: number, options: MendOptions): Progress {
  const table: SQLiteTable = TABLES[part];
  const rowid = sql<number>`rowid`;
  const looked = db.orm
    .select({ ...getTableColumns(table), rowid })
    .from(table)
    .where(gt(rowid, after))
    .orderBy(rowid)
    .limit(options.limit)
    .all() as (Readonly<Record<string, unknown>> & { readonly rowid: number })[];
  let found = 0;
  for (const row of looked) {
    const { rowid: place, problem, ...mended } = mend(part, row);
    if (problem === undefined) continue;
    found += 1;
    if (options.isDryRun === true) continue;
    saveOriginal(db, part, { place, row, problem: `${part}: ${problem}`, now: options.now });
    db.orm.update(table).set(mended).where(eq(rowid, place)).run();
  }
  return { found, after: looked.at(-1)?.rowid };
}

/** As it is stored, and not as it was read: what cannot be read is kept, too. */
function saveOriginal(
  db: WriterDatabase,
  part: keyof typeof TABLES,
  original: { readonly place: number; readonly row: object; readonly problem: string; readonly now: number },
): void {
  const { place, row, problem, now } = original;
  const stored = db.sqlite.driver.prepare(`select * from ${getTableName(TABLES[part])} where rowid = ?`).get(place);
  const { nodeId, sessionId, id } = row as { nodeId?: string; sessionId?: string | null; id: string };
  const session = sessionId ?? (part === "sessions" ? id : undefined);
  const data = { raw: JSON.stringify(stored), problem };
  const event = { type: "event.invalid" as const, at: now, ...(session === undefined ? {} : { session }), data };
  appendOwnEvents.within(db, [{ event, nodeId: part === "nodes" ? id : nodeId }], now);
}

/** Which events may be wrong, by what SQLite finds out fast: a deep value has many brackets. */
const SUSPECT = `(typeof(at) <> 'integer' or at not between 0 and ${LAST_TIME}
  or typeof(received_at) <> 'integer' or received_at not between 0 and ${LAST_TIME}
  or length(data) - length(replace(replace(data, '[', ''), '{', '')) > ${MOST_DEPTH} or not json_valid(data))`;

function mendEvents(db: WriterDatabase, after: number, { limit, isDryRun }: MendOptions): Progress {
  const { driver } = db.sqlite;
  const newest = driver.prepare<[], number | null>("select max(id) from events").pluck().get() ?? 0;
  if (after >= newest) return { found: 0, after: undefined };
  const upTo = after + limit;
  const suspects = db.orm
    .select()
    .from(events)
    .where(sql`${events.id} > ${after} and ${events.id} <= ${upTo} and ${sql.raw(SUSPECT)}`)
    .all() as StoredEvent[];
  let found = 0;
  for (const row of suspects) {
    const { problem, content, id, type, at, receivedAt } = readEvent(row);
    if (problem === undefined) continue;
    found += 1;
    if (isDryRun === true) continue;
    db.orm
      .update(events)
      .set({ type, at, receivedAt, data: JSON.stringify(content) })
      .where(eq(events.id, id))
      .run();
  }
  return { found, after: upTo };
}
