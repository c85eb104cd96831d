import { ACTIVE_STATUSES } from "@hal/protocol";
import { and, count, desc, eq, gt, inArray, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { beginsWith } from "../begins-with.ts";
import { addedUp } from "../added-up.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import { type MessageRow, messages, type SessionRow, sessions } from "./schema.ts";

export interface SessionFilter {
  readonly project?: string | undefined;
  readonly nodeId?: string | undefined;
  readonly ended?: boolean | undefined;
  readonly roots?: boolean | undefined;
  /** only what comes behind this one */
  readonly after?: RowPlace | undefined;
  readonly limit: number;
}

/** Sessions, newest activity first. */
export async function listSessions(store: SupervisorStore, filter: SessionFilter): Promise<SessionRow[]> {
  return sound(
    store,
    "sessions",
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(
        and(
          filter.project === undefined ? undefined : eq(sessions.project, filter.project),
          filter.nodeId === undefined ? undefined : eq(sessions.nodeId, filter.nodeId),
          filter.ended === undefined ? undefined : (filter.ended ? eq : ne)(sessions.status, "ended"),
          filter.roots === true ? isNull(sessions.parentId) : undefined,
          filter.after === undefined ? undefined : behind(filter.after),
        ),
      )
      .orderBy(desc(sessions.lastActivityAt), sessions.id, sessions.nodeId)
      .limit(filter.limit)
      .all(),
  );
}

/** The first condition is the one that the index serves. */
function behind({ at, id, nodeId }: RowPlace) {
  return and(
    lte(sessions.lastActivityAt, at),
    or(lt(sessions.lastActivityAt, at), gt(sessions.id, id), and(eq(sessions.id, id), gt(sessions.nodeId, nodeId))),
  );
}

export async function sessionById(store: SupervisorStore, nodeId: string, id: string): Promise<SessionRow | undefined> {
  return soundOne(
    store,
    "sessions",
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(and(eq(sessions.nodeId, nodeId), eq(sessions.id, id)))
      .get(),
  );
}

/** Sessions whose id begins so, on one node or any, a few of them: enough to say that the prefix is not unique. */
export async function sessionsByPrefix(store: SupervisorStore, prefix: string, nodeId?: string): Promise<SessionRow[]> {
  return sound(
    store,
    "sessions",
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(and(beginsWith(sessions.id, prefix), nodeId === undefined ? undefined : eq(sessions.nodeId, nodeId)))
      .orderBy(sessions.id, sessions.nodeId)
      .limit(20)
      .all(),
  );
}

/** The newest root session of each node for a project that has not ended. */
export async function currentSessionsOfProject(
  store: SupervisorStore,
  project: string,
  nodeId?: string,
): Promise<SessionRow[]> {
  const found = store.sqlite.orm
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.project, project),
        isNull(sessions.parentId),
        ne(sessions.status, "ended"),
        nodeId === undefined ? undefined : eq(sessions.nodeId, nodeId),
      ),
    )
    .orderBy(desc(sessions.startedAt), desc(sessions.id))
    .limit(1000)
    .all();
  const newest = new Map<string, SessionRow>();
  for (const row of sound(store, "sessions", found)) if (!newest.has(row.nodeId)) newest.set(row.nodeId, row);
  return [...newest.values()];
}

/** Sessions that are at work or wait for somebody, as their nodes told. */
export async function sessionsAtWork(
  store: SupervisorStore,
  filter: Pick<SessionFilter, "project" | "nodeId"> = {},
): Promise<SessionRow[]> {
  return sound(
    store,
    "sessions",
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(
        and(
          inArray(sessions.status, ACTIVE_STATUSES),
          filter.project === undefined ? undefined : eq(sessions.project, filter.project),
          filter.nodeId === undefined ? undefined : eq(sessions.nodeId, filter.nodeId),
        ),
      )
      .orderBy(sessions.nodeId, sessions.startedAt)
      .all(),
  );
}

/** What a session started, newest first. */
export async function childrenOf(
  store: SupervisorStore,
  parent: Pick<SessionRow, "nodeId" | "id">,
  limit: number,
): Promise<SessionRow[]> {
  return sound(
    store,
    "sessions",
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(and(eq(sessions.nodeId, parent.nodeId), eq(sessions.parentId, parent.id)))
      .orderBy(desc(sessions.startedAt))
      .limit(limit)
      .all(),
  );
}

/** What sessions and everything below each of them cost together, in micro-dollars, by `<node>/<id>`. */
export async function treeCosts(
  store: SupervisorStore,
  roots: readonly Pick<SessionRow, "nodeId" | "id">[],
): Promise<ReadonlyMap<string, number>> {
  const wanted = JSON.stringify(roots.map(({ nodeId, id }) => [nodeId, id]));
  const rows = store.sqlite.orm.all<{ root: string; total: number }>(sql`
    with recursive tree(node, root, id) as (
      select value ->> 0, value ->> 1, value ->> 1 from json_each(${wanted})
      union select t.node, t.root, s.id from tree t cross join sessions s on s.node_id = t.node and s.parent_id = t.id
    )
    select t.node || '/' || t.root as root, ${addedUp(sql`s.cost_micro_usd`)} as total
    from tree t cross join sessions s on s.node_id = t.node and s.id = t.id group by 1`);
  return new Map(rows.map(({ root, total }) => [root, total]));
}

/** How many sessions are in each stored status, with the node they are on. */
export async function countSessions(
  store: SupervisorStore,
): Promise<{ nodeId: string; project: string; status: SessionRow["status"]; count: number }[]> {
  return store.sqlite.orm
    .select({ nodeId: sessions.nodeId, project: sessions.project, status: sessions.status, count: count() })
    .from(sessions)
    .groupBy(sessions.nodeId, sessions.project, sessions.status)
    .all();
}

/** Micro-dollars and tokens of all sessions; of one that several nodes tell of, as the one says that told of it last. */
export async function totals(store: SupervisorStore): Promise<{ costMicroUsd: number; tokens: number }> {
  const row = store.sqlite.orm.get<{ cost: number; tokens: number }>(sql`
    with shared as materialized (select id from sessions group by id having count(*) > 1)
    select ${addedUp(sql`s.cost_micro_usd`)} as cost, ${addedUp(sql`s.tokens_total`)} as tokens from sessions s
    where s.id not in shared or not exists (
      select 1 from sessions o where o.id = s.id and (o.last_activity_at, o.node_id) > (s.last_activity_at, s.node_id)
    )`);
  return { costMicroUsd: row?.cost ?? 0, tokens: row?.tokens ?? 0 };
}

/** The newest messages of a session, oldest first. */
export async function listMessages(
  store: SupervisorStore,
  nodeId: string,
  sessionId: string,
  limit: number,
): Promise<MessageRow[]> {
  return sound(
    store,
    "messages",
    store.sqlite.orm
      .select()
      .from(messages)
      .where(and(eq(messages.nodeId, nodeId), eq(messages.sessionId, sessionId)))
      .orderBy(desc(messages.createdAt), desc(messages.id))
      .limit(limit)
      .all(),
  ).toReversed();
}

const prompterOf = prepared(({ sqlite }: Pick<SupervisorStore, "sqlite">) =>
  sqlite.driver.prepare<
    [nodeId: string, sessionId: string],
    { promptedBy: string | null; promptedWith: string | null; newest: string | null }
  >(
    `select prompted_by as promptedBy, prompted_with as promptedWith, (
       select id from messages
       where node_id = sessions.node_id and session_id = sessions.id and role = 'user' and removed is null
         and case when json_valid(data) then json_extract(data, '$.text') <> '' else 0 end
       order by created_at desc, id desc limit 1
     ) as newest from sessions where node_id = ? and id = ?`,
  ),
);

/**
 * For whom a session works: the actor who gave it its newest prompt. Undefined where that is not known, such as of a prompt
 * that somebody gave in its back end itself. What a back end puts in for the model has no text, and is no prompt.
 */
export function prompterOfSession(store: SupervisorStore, nodeId: string, id: string): string | undefined {
  const { promptedBy = null, promptedWith, newest } = prompterOf(store).get(nodeId, id) ?? {};
  if (promptedBy === null) return undefined;
  return newest == null || newest <= (promptedWith ?? "") ? promptedBy : undefined;
}

/** When a message of a session was made; undefined where it is not known. */
export async function messageMadeAt(
  store: SupervisorStore,
  { nodeId, sessionId, id }: Pick<MessageRow, "nodeId" | "sessionId" | "id">,
): Promise<number | undefined> {
  return store.sqlite.orm
    .select({ at: messages.createdAt })
    .from(messages)
    .where(and(eq(messages.nodeId, nodeId), eq(messages.sessionId, sessionId), eq(messages.id, id)))
    .get()?.at;
}
