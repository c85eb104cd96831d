import { and, asc, desc, eq, gte, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import {
  type OccasionRow,
  occasions,
  type SchedulePlaceRow,
  schedulePlaces,
  type ScheduleRow,
  schedules,
} from "./schema.ts";

/** The schedules that operations added, by name. */
export async function listSchedules(store: SupervisorStore): Promise<ScheduleRow[]> {
  return sound(store, "schedules", store.sqlite.orm.select().from(schedules).orderBy(asc(schedules.name)).all());
}

/** Up to when each schedule was looked at, by its name. */
export function placesOfSchedules(store: SupervisorStore): ReadonlyMap<string, SchedulePlaceRow> {
  return new Map(
    store.sqlite.orm
      .select()
      .from(schedulePlaces)
      .all()
      .map((place) => [place.name, place]),
  );
}

const open = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(occasions)
    .where(isNull(occasions.closedAt))
    .orderBy(asc(occasions.createdAt), asc(occasions.id))
    .prepare(),
);

/** Occasions of which it is not known yet what came of them, oldest first. */
export function openOccasions(store: SupervisorStore): OccasionRow[] {
  return sound(store, "occasions", open(store).all());
}

export async function occasionById(store: SupervisorStore, id: string): Promise<OccasionRow | undefined> {
  return soundOne(store, "occasions", store.sqlite.orm.select().from(occasions).where(eq(occasions.id, id)).get());
}

/** The occasion that a command was made for; undefined where it was made for none. */
export async function occasionOfCommand(store: SupervisorStore, commandId: string): Promise<OccasionRow | undefined> {
  const row = store.sqlite.orm.select().from(occasions).where(eq(occasions.commandId, commandId)).limit(1).get();
  return soundOne(store, "occasions", row);
}

/** The newest occasion of a schedule that asked for a session, beside one that is meant. */
export async function sessionOfSchedule(
  store: SupervisorStore,
  schedule: string,
  beside: string,
): Promise<OccasionRow | undefined> {
  const row = store.sqlite.orm
    .select()
    .from(occasions)
    .where(
      and(
        eq(occasions.schedule, schedule),
        ne(occasions.id, beside),
        sql`(${occasions.sessionId} is not null or ${occasions.state} = 'starting')`,
      ),
    )
    .orderBy(desc(occasions.createdAt), desc(occasions.id))
    .limit(1)
    .get();
  return soundOne(store, "occasions", row);
}

/** So many restarts are followed from a session to the one that lives. */
const LONGEST_CHAIN = 1_000;

/** The session that goes on from one now: itself, or the newest of its chain. */
export async function newestOfChain(
  store: SupervisorStore,
  { nodeId, id }: Pick<SessionRow, "nodeId" | "id">,
): Promise<SessionRow | undefined> {
  let found: SessionRow | undefined;
  let next: string | null = id;
  for (let step = 0; next !== null && step < LONGEST_CHAIN; step += 1) {
    const row: SessionRow | undefined = soundOne(
      store,
      "sessions",
      store.sqlite.orm
        .select()
        .from(sessions)
        .where(and(eq(sessions.nodeId, nodeId), eq(sessions.id, next)))
        .get(),
    );
    if (row === undefined) break;
    found = row;
    next = row.continuedBy;
  }
  return found;
}

export interface OccasionFilter {
  readonly schedule?: string | undefined;
  readonly state?: "starting" | "started" | "not_started" | undefined;
  /** created then or later */
  readonly since?: number | undefined;
  readonly after?: Pick<RowPlace, "at" | "id"> | undefined;
  readonly limit: number;
}

/** Occasions, newest first. */
export async function listOccasions(store: SupervisorStore, filter: OccasionFilter): Promise<OccasionRow[]> {
  const { schedule, state, since, after, limit } = filter;
  const found = store.sqlite.orm
    .select()
    .from(occasions)
    .where(
      and(
        schedule === undefined ? undefined : eq(occasions.schedule, schedule),
        state === undefined
          ? undefined
          : state === "starting"
            ? isNull(occasions.closedAt)
            : eq(occasions.state, state),
        since === undefined ? undefined : gte(occasions.createdAt, since),
        after &&
          and(lte(occasions.createdAt, after.at), or(lt(occasions.createdAt, after.at), lt(occasions.id, after.id))),
      ),
    )
    .orderBy(desc(occasions.createdAt), desc(occasions.id))
    .limit(limit)
    .all();
  return sound(store, "occasions", found);
}

/** The newest occasion of each schedule, by its name. */
export async function newestOccasions(store: SupervisorStore): Promise<ReadonlyMap<string, OccasionRow>> {
  const found = store.sqlite.orm
    .select()
    .from(occasions)
    .where(
      sql`${occasions.id} in (
        select (select n.id from occasions n where n.schedule = named.schedule order by n.created_at desc, n.id desc limit 1)
        from (select distinct schedule from occasions) named)`,
    )
    .all();
  return new Map(sound(store, "occasions", found).map((row) => [row.schedule, row]));
}
