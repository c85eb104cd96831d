import { and, asc, count, desc, eq, gt, lt, max } from "drizzle-orm";
import { LIMIT, prepared } from "../../prepared.ts";
import type { Sqlite } from "../../file/sqlite.ts";
import { EVENT_COLUMNS } from "../log/event-columns.ts";
import { type EventRow, events, type StoredEvent } from "../log/schema.ts";
import { soundEvents } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type FollowerRow, followers, setAside, type SetAsideRow } from "./schema.ts";

/** A stretch of the log, and what of it is wanted. */
export interface Stretch {
  readonly after: number;
  readonly upTo: number;
  readonly types: readonly string[] | undefined;
  readonly limit: number;
}

const stretching = prepared(({ driver }: Sqlite) => ({
  all: driver.prepare<[number, number, number], StoredEvent>(
    `select ${EVENT_COLUMNS} from events where id > ? and id <= ? order by id ${LIMIT}`,
  ),
  // the index by type names those that are wanted: the others, which are nearly all, are not read
  ofTypes: driver.prepare<[string, number, number, number], StoredEvent>(
    `select ${EVENT_COLUMNS} from events where id in (
       select e.id from json_each(?) wanted cross join events e where e.type = wanted.value and e.id > ? and e.id <= ?
     ) order by id ${LIMIT}`,
  ),
}));

/** What a stretch of the log holds, oldest first. It is asked with each commit, so its statements are kept. */
export async function eventsBetween(
  store: SupervisorStore,
  { after, upTo, types, limit }: Stretch,
): Promise<EventRow[]> {
  const { all, ofTypes } = stretching(store.sqlite);
  const rows =
    types === undefined ? all.all(after, upTo, limit) : ofTypes.all(JSON.stringify(types), after, upTo, limit);
  return soundEvents(store, rows);
}

/** How many events a follower went on without, and the latest of them. */
export interface SetAside {
  readonly count: number;
  readonly last: SetAsideRow | undefined;
}

/** What a follower went on without. */
export async function setAsideBy(store: SupervisorStore, follower: string): Promise<SetAside> {
  const { orm } = store.sqlite;
  const counted = orm.select({ count: count() }).from(setAside).where(eq(setAside.follower, follower)).get();
  const last = orm
    .select()
    .from(setAside)
    .where(eq(setAside.follower, follower))
    .orderBy(desc(setAside.at), desc(setAside.eventId))
    .limit(1)
    .get();
  return { count: counted?.count ?? 0, last };
}

/** Events that a follower went on without, the oldest first; those behind `after`, or one alone where `eventId` says so. */
export async function listSetAside(
  { sqlite: { orm } }: Pick<SupervisorStore, "sqlite">,
  follower: string,
  {
    eventId,
    after = 0,
    limit,
  }: { readonly eventId?: number | undefined; readonly after?: number | undefined; readonly limit: number },
): Promise<SetAsideRow[]> {
  const ofFollower = and(eq(setAside.follower, follower), gt(setAside.eventId, after));
  return orm
    .select()
    .from(setAside)
    .where(eventId === undefined ? ofFollower : and(ofFollower, eq(setAside.eventId, eventId)))
    .orderBy(asc(setAside.eventId))
    .limit(limit)
    .all();
}

/** The follower because of which events from before a time are not pruned; undefined where none is in the way. */
export async function followerInTheWay(
  { sqlite: { orm } }: Pick<SupervisorStore, "sqlite">,
  before: number,
): Promise<FollowerRow | undefined> {
  const slowest = orm.select().from(followers).orderBy(asc(followers.place)).limit(1).get();
  if (slowest === undefined) return undefined;
  const newest =
    orm
      .select({ id: max(events.id) })
      .from(events)
      .get()?.id ?? 0;
  const next = orm
    .select({ receivedAt: events.receivedAt })
    .from(events)
    .where(and(gt(events.id, slowest.place), lt(events.id, newest)))
    .orderBy(asc(events.id))
    .limit(1)
    .get();
  return next !== undefined && next.receivedAt < before ? slowest : undefined;
}
