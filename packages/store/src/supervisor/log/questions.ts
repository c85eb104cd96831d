import { setImmediate as nextTurn } from "node:timers/promises";
import { and, desc, eq, gte, inArray, lt, max } from "drizzle-orm";
import { LIMIT, prepared } from "../../prepared.ts";
import { soundEvents } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { EVENT_COLUMNS } from "./event-columns.ts";
import { cursors, type EventRow, events, type StoredEvent } from "./schema.ts";

export interface EventFilter {
  readonly type?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly nodeId?: string | undefined;
}

export interface EventPage extends EventFilter {
  /** only events before this id */
  readonly before?: number | undefined;
  /** received at or after; a time on the supervisor's clock */
  readonly since?: number | undefined;
  readonly limit: number;
}

/** How many rows are looked at before others have their turn. */
const FIRST_WINDOW = 2_000;
const WINDOWS = { smallest: 500, largest: 16_000 };
/** How long that should take: rows that come from a busy disk take a hundred times as long as those in memory. */
const WINDOW_MS = 10;

/** How far the supervisor's clock may have been set back while the log grew, in milliseconds. */
const CLOCK_SLACK = 48 * 3_600_000;

function matching(filter: EventFilter) {
  return [
    filter.type === undefined ? undefined : eq(events.type, filter.type),
    filter.sessionId === undefined ? undefined : eq(events.sessionId, filter.sessionId),
    filter.nodeId === undefined ? undefined : eq(events.nodeId, filter.nodeId),
  ];
}

/**
 * A page of events, newest first. A filter that no index serves is looked for in windows of the log, with a pause
 * between them, so that it delays nobody however long the log is; `signal` ends the search.
 */
export async function listEvents(store: SupervisorStore, page: EventPage, signal?: AbortSignal): Promise<EventRow[]> {
  const newest = page.before ?? (await newestEventId(store)) + 1;
  if (isServedByIndex(page)) return readWindow(store, page, { from: 0, before: newest, limit: page.limit });
  const found: EventRow[] = [];
  let before = newest;
  let size = FIRST_WINDOW;
  while (before > 0 && found.length < page.limit) {
    const from = Math.max(0, before - size);
    const began = performance.now();
    found.push(...readWindow(store, page, { from, before, limit: page.limit - found.length }));
    if (page.since !== undefined && isOlder(store, before - 1, page.since)) break;
    before = from;
    size = nextWindow(size, performance.now() - began);
    await nextTurn();
    signal?.throwIfAborted();
  }
  return found;
}

function nextWindow(size: number, tookMs: number): number {
  if (tookMs > WINDOW_MS) return Math.max(WINDOWS.smallest, Math.floor(size / 4));
  return tookMs < WINDOW_MS / 2 ? Math.min(WINDOWS.largest, size * 2) : size;
}

/** Whether a page may be followed by another one: known where an index serves it, else whether the log goes on. */
export async function mayHaveMoreEvents(store: SupervisorStore, page: EventPage): Promise<boolean> {
  const before = page.before ?? (await newestEventId(store)) + 1;
  const filter = isServedByIndex(page) ? page : {};
  return readWindow(store, { ...filter, limit: 1 }, { from: 0, before, limit: 1 }).length > 0;
}

function isServedByIndex({ type, sessionId, nodeId, since }: EventPage): boolean {
  // what a session's index finds is its node's but for a copied opencode
  return since === undefined && (sessionId === undefined ? nodeId === undefined : type === undefined);
}

function readWindow(
  store: SupervisorStore,
  page: EventPage,
  window: { readonly from: number; readonly before: number; readonly limit: number },
): EventRow[] {
  return soundEvents(
    store,
    store.sqlite.orm
      .select()
      .from(events)
      .where(
        and(
          ...matching(page),
          page.since === undefined ? undefined : gte(events.receivedAt, page.since),
          gte(events.id, window.from),
          lt(events.id, window.before),
        ),
      )
      .orderBy(desc(events.id))
      .limit(window.limit)
      .all(),
  );
}

/** Whether the log before an id is from before a time: it grows with the supervisor's clock, give or take a correction. */
function isOlder(store: SupervisorStore, id: number, since: number): boolean {
  const row = store.sqlite.orm
    .select({ receivedAt: events.receivedAt })
    .from(events)
    .where(lt(events.id, id + 1))
    .orderBy(desc(events.id))
    .limit(1)
    .get();
  return row === undefined || row.receivedAt < since - CLOCK_SLACK;
}

/** The newest events of a node that are of some types; of types that are rare, since only their index serves this. */
export async function newestOfTypes(
  store: SupervisorStore,
  { nodeId, types, limit }: { readonly nodeId: string; readonly types: readonly string[]; readonly limit: number },
): Promise<EventRow[]> {
  return soundEvents(
    store,
    store.sqlite.orm
      .select()
      .from(events)
      .where(and(inArray(events.type, [...types]), eq(events.nodeId, nodeId)))
      .orderBy(desc(events.id))
      .limit(limit)
      .all(),
  );
}

/** The newest event of a type in a session. */
export async function newestOfSession(
  store: SupervisorStore,
  { nodeId, id }: { readonly nodeId: string; readonly id: string },
  type: string,
): Promise<EventRow | undefined> {
  const row = store.sqlite.orm
    .select()
    .from(events)
    .where(and(eq(events.sessionId, id), eq(events.nodeId, nodeId), eq(events.type, type)))
    .orderBy(desc(events.id))
    .limit(1)
    .get();
  return row === undefined ? undefined : soundEvents(store, [row])[0];
}

/** One event; undefined where it is not kept. */
export async function eventById(store: SupervisorStore, id: number): Promise<EventRow | undefined> {
  const row = store.sqlite.orm.select().from(events).where(eq(events.id, id)).get();
  return row === undefined ? undefined : soundEvents(store, [row])[0];
}

const behind = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], StoredEvent>(
    `select ${EVENT_COLUMNS} from events where id > ? order by id ${LIMIT}`,
  ),
);

/** What follows an id in the log, oldest first. */
export async function eventsAfter(store: SupervisorStore, after: number, limit: number): Promise<EventRow[]> {
  return soundEvents(store, behind(store).all(after, limit));
}

/** To what something happened. */
export interface PlacesTouched {
  /** ids of nodes of which something was told that is of none of their sessions */
  readonly nodes: ReadonlySet<string>;
  readonly sessions: readonly { readonly nodeId: string; readonly sessionId: string }[];
  /** what holds in the whole fleet began or ended */
  readonly isFleet: boolean;
}

interface PlaceTouched {
  /** null of what is of no node */
  readonly nodeId: string | null;
  readonly sessionId: string | null;
  readonly isHold: number;
}

const places = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], PlaceTouched>(
    `select distinct node_id as nodeId, session_id as sessionId, type like 'hold.%' as isHold
     from events where id > ? and id <= ?`,
  ),
);

/** To what something happened after an event, up to another one. */
export function placesTouched(
  store: SupervisorStore,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): PlacesTouched {
  const found = places(store).all(after, upTo);
  return {
    nodes: new Set(found.flatMap(({ nodeId, sessionId }) => (sessionId === null && nodeId !== null ? nodeId : []))),
    sessions: found.flatMap(({ nodeId, sessionId }) =>
      nodeId === null || sessionId === null ? [] : { nodeId, sessionId },
    ),
    isFleet: found.some(({ nodeId, isHold }) => nodeId === null && isHold === 1),
  };
}

/** The id of the newest event; 0 where the log is empty. */
export async function newestEventId(store: SupervisorStore): Promise<number> {
  return (
    store.sqlite.orm
      .select({ id: max(events.id) })
      .from(events)
      .get()?.id ?? 0
  );
}

/** What is committed of one life of a node's outbox. */
export interface Committed {
  /** up to and including; 0 where nothing is */
  readonly seq: number;
  /** the mark of the event there (protocol §4.5); empty where nothing is */
  readonly mark: string;
}

/** What is known of one life of a node's outbox. */
export interface KnownOutbox extends Committed {
  /** the run of the agent that was welcome last; empty where none was */
  readonly instance: string;
}

/** What is known of a node's outbox in this epoch. */
export async function committedOf(store: SupervisorStore, nodeId: string, epoch: string): Promise<KnownOutbox> {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  const columns = { seq: cursors.seq, mark: cursors.mark, instance: cursors.instance };
  return store.sqlite.orm.select(columns).from(cursors).where(where).get() ?? { seq: 0, mark: "", instance: "" };
}
