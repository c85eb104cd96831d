import { and, eq, notInArray, sql } from "drizzle-orm";
import { readPrunedUpTo } from "../database/prune.ts";
import { isEarlierLife, logIdOf } from "../log/life.ts";
import { events } from "../log/schema.ts";
import { write, writeLater } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type JudgedPlace, judgePlace, type LogStanding } from "./judge-place.ts";
import { type FollowerRow, followers, setAside, type SetAsideRow } from "./schema.ts";

/** A follower as it begins in this run of the program. */
export type BegunFollower = FollowerRow & { readonly why?: string };

/** How far a follower is, and whether what comes next fails. */
export type FollowerPlace = Pick<FollowerRow, "name" | "place" | "attempts" | "problem" | "failingSince">;

/** Brings the table to the followers that there are: a new one begins behind the newest event, one that is gone holds up nothing. */
export const beginFollowers = write(
  "beginFollowers",
  (db: WriterDatabase, names: readonly string[], now: number): BegunFollower[] => {
    const log = standingOf(db);
    db.orm
      .delete(followers)
      .where(notInArray(followers.name, [...names]))
      .run();
    return names.map((name) => begin(db, name, log, now));
  },
);

/** Saves how far a follower is. It never goes back. */
export const saveFollower = writeLater(
  "saveFollower",
  (db: WriterDatabase, { name, place, ...state }: FollowerPlace, now: number): void => {
    const logId = logIdOf(db.orm);
    db.orm
      .update(followers)
      .set({ place: sql`max(${followers.place}, ${place})`, logId, ...state, updatedAt: now })
      .where(eq(followers.name, name))
      .run();
  },
);

/** Records that a follower goes on without an event, and why. */
export const setAsideEvent = write("setAsideEvent", (db: WriterDatabase, event: SetAsideRow): void => {
  db.orm.insert(setAside).values(event).onConflictDoNothing().run();
  const place = { name: event.follower, place: event.eventId, attempts: 0, problem: null, failingSince: null };
  saveFollower.within(db, place, event.at);
});

/** Saves why an event that was set aside failed once more. */
export const saveSetAside = write(
  "saveSetAside",
  ({ orm }: WriterDatabase, { follower, eventId, ...failed }: SetAsideRow): void => {
    orm.update(setAside).set(failed).where(isSetAside(follower, eventId)).run();
  },
);

/** Has an event set aside no more: it was done after all, or was given up. */
export const endSetAside = write("endSetAside", ({ orm }: WriterDatabase, follower: string, eventId: number): void => {
  orm.delete(setAside).where(isSetAside(follower, eventId)).run();
});

function isSetAside(follower: string, eventId: number) {
  return and(eq(setAside.follower, follower), eq(setAside.eventId, eventId));
}

function begin({ orm }: WriterDatabase, name: string, log: LogStanding, now: number): BegunFollower {
  const known = orm.select().from(followers).where(eq(followers.name, name)).get();
  const fresh = { name, place: log.newestId, logId: log.logId, attempts: 0, problem: null, failingSince: null };
  const { place, why }: JudgedPlace = known === undefined ? fresh : judgePlace(known, log);
  const row: FollowerRow = { ...fresh, ...known, place, logId: log.logId, updatedAt: now };
  orm.insert(followers).values(row).onConflictDoUpdate({ target: followers.name, set: row }).run();
  return why === undefined ? row : { ...row, why };
}

function standingOf({ orm, sqlite }: WriterDatabase): LogStanding {
  const newest = orm
    .select({ id: sql<number | null>`max(${events.id})` })
    .from(events)
    .get();
  return {
    logId: logIdOf(orm),
    isEarlierLife: (logId) => isEarlierLife(orm, logId),
    newestId: newest?.id ?? 0,
    prunedUpTo: readPrunedUpTo(sqlite.driver),
  };
}
