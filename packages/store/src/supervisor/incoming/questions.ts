import { and, asc, desc, eq, isNull, lt, lte, or, sql } from "drizzle-orm";
import { beginsWith } from "../begins-with.ts";
import { sound } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import {
  arrivals,
  type ArrivalRow,
  type IncomingCaseRow,
  incomingCases,
  type IncomingSwitchRow,
  incomingSwitches,
} from "./schema.ts";

/** Arrivals of which it is not known yet what came of them, oldest first. */
export function openArrivals(store: SupervisorStore): ArrivalRow[] {
  const open = store.sqlite.orm
    .select()
    .from(arrivals)
    .where(isNull(arrivals.closedAt))
    .orderBy(asc(arrivals.createdAt), asc(arrivals.id))
    .all();
  return sound(store, "arrivals", open);
}

/** What works at the thing of an arrival. */
export function incomingCase(store: SupervisorStore, id: string): IncomingCaseRow | undefined {
  return store.sqlite.orm.select().from(incomingCases).where(eq(incomingCases.id, id)).get();
}

/** Why nothing of a repository is taken; undefined where nobody switched it off. Throws where that cannot be read. */
export function incomingSwitch(store: SupervisorStore, repository: string): IncomingSwitchRow | undefined {
  return store.sqlite.orm
    .select()
    .from(incomingSwitches)
    .where(eq(incomingSwitches.repository, repository.toLowerCase()))
    .get();
}

/** All repositories that somebody switched off. */
export function standingSwitches(store: SupervisorStore): IncomingSwitchRow[] {
  return store.sqlite.orm.select().from(incomingSwitches).orderBy(asc(incomingSwitches.repository)).all();
}

/** Arrivals that a session has, on this node or on any, and that are not answered yet, oldest first. */
export function awaitedAnswers(store: SupervisorStore, nodeId?: string): ArrivalRow[] {
  const awaited = store.sqlite.orm
    .select()
    .from(arrivals)
    .where(and(eq(arrivals.answer, "awaited"), nodeId === undefined ? undefined : eq(arrivals.nodeId, nodeId)))
    .orderBy(asc(arrivals.createdAt), asc(arrivals.id))
    .all();
  return sound(store, "arrivals", awaited);
}

/** Answers that are to be written now, those that are due longest first. */
export function dueAnswers(store: SupervisorStore, now: number, limit: number): ArrivalRow[] {
  const due = store.sqlite.orm
    .select()
    .from(arrivals)
    .where(and(eq(arrivals.answer, "due"), lte(arrivals.answerDueAt, now)))
    .orderBy(asc(arrivals.answerDueAt), asc(arrivals.id))
    .limit(limit)
    .all();
  return sound(store, "arrivals", due);
}

/** Arrivals whose id begins so, a few of them. */
export function arrivalsByPrefix(store: SupervisorStore, prefix: string): ArrivalRow[] {
  const found = store.sqlite.orm.select().from(arrivals).where(beginsWith(arrivals.id, prefix)).limit(20).all();
  return sound(store, "arrivals", found);
}

export interface ArrivalFilter {
  /** in any case */
  readonly repository?: string | undefined;
  readonly state?: ArrivalRow["state"] | undefined;
  readonly after?: Pick<RowPlace, "at" | "id"> | undefined;
  readonly limit: number;
}

/** Arrivals, newest first. */
export function listArrivals(store: SupervisorStore, filter: ArrivalFilter): ArrivalRow[] {
  const { repository, state, after, limit } = filter;
  const found = store.sqlite.orm
    .select()
    .from(arrivals)
    .where(
      and(
        repository === undefined ? undefined : sql`lower(${arrivals.repository}) = ${repository.toLowerCase()}`,
        state === undefined ? undefined : eq(arrivals.state, state),
        after &&
          and(lte(arrivals.createdAt, after.at), or(lt(arrivals.createdAt, after.at), lt(arrivals.id, after.id))),
      ),
    )
    .orderBy(desc(arrivals.createdAt), desc(arrivals.id))
    .limit(limit)
    .all();
  return sound(store, "arrivals", found);
}

/** A repository from which something came. */
export interface ToldRepository {
  readonly repository: string;
  readonly senders: readonly string[];
  readonly arrivals: number;
  readonly lastAt: number;
}

/** The repositories from which something came, as they were written last. */
export function toldRepositories(store: SupervisorStore): ToldRepository[] {
  const rows = store.sqlite.driver
    .prepare<[], { repository: string; senders: string; arrivals: number; lastAt: number }>(
      `select max(repository) as repository, json_group_array(distinct sender) as senders, count(*) as arrivals,
         max(created_at) as lastAt
       from incoming_arrivals group by lower(repository) order by lower(repository)`,
    )
    .all();
  return rows.map((row) => ({ ...row, senders: JSON.parse(row.senders) as string[] }));
}
