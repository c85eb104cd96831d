import { LAST_TIME } from "@hal/protocol";
import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import type { Sqlite } from "../../file/sqlite.ts";
import { type HealthRow, sessionHealth } from "../health/schema.ts";
import { completedSession } from "../projects/completed-sessions.ts";
import type { CompletedSessionRow } from "../projects/schema.ts";
import { queueFacts } from "../prompts/questions.ts";
import { type InteractionRow, interactions } from "../interactions/schema.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type PolicyPauseRow, policyPauses, type PolicySessionRow, policySessions } from "./schema.ts";

interface Reader {
  readonly sqlite: Sqlite;
}

const dueOnes = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(policySessions)
    .where(lte(policySessions.dueAt, sql.placeholder("now")))
    .orderBy(asc(policySessions.dueAt))
    .limit(sql.placeholder("limit"))
    .prepare(),
);

/** The sessions that policies are to look at now, those that wait longest first. */
export function duePolicySessions(reader: Reader, now: number, limit: number): PolicySessionRow[] {
  return dueOnes(reader).all({ now, limit });
}

/** What policies know and remember of one session. */
export function policySession(reader: Reader, nodeId: string, sessionId: string): PolicySessionRow | undefined {
  return reader.sqlite.orm
    .select()
    .from(policySessions)
    .where(and(eq(policySessions.nodeId, nodeId), eq(policySessions.sessionId, sessionId)))
    .get();
}

/** All that is stored of a session that policies decide by. */
export interface StoredFacts {
  readonly session: SessionRow;
  readonly health: HealthRow | undefined;
  /** what of it, and of what it started, waits for a person; one of those at most */
  readonly open: readonly InteractionRow[];
  /** the newest prompt of a person, and when it was made on the node's clock */
  readonly prompted: { readonly id: string; readonly at: number } | undefined;
  /** what was said of the task that it was at; undefined where nobody said that it is completed */
  readonly completed: CompletedSessionRow | undefined;
  readonly isComing: boolean;
  readonly isRestarting: boolean;
  readonly pending: number;
}

const sessionOf = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.nodeId, sql.placeholder("nodeId")), eq(sessions.id, sql.placeholder("id"))))
    .prepare(),
);

const healthOfOne = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(sessionHealth)
    .where(and(eq(sessionHealth.nodeId, sql.placeholder("nodeId")), eq(sessionHealth.sessionId, sql.placeholder("id"))))
    .prepare(),
);

const openOf = prepared(({ sqlite }: Reader) =>
  sqlite.orm
    .select()
    .from(interactions)
    .where(
      and(
        eq(interactions.nodeId, sql.placeholder("nodeId")),
        eq(interactions.state, "open"),
        sql`(${interactions.sessionId} = ${sql.placeholder("id")} or ${interactions.rootSessionId} = ${sql.placeholder("id")})`,
      ),
    )
    .limit(1)
    .prepare(),
);

/**
 * A prompt is a person's where no policy gave it: by its message, or, where the outcome of that was lost, by its text. What a back
 * end puts in for the model has no text, and is no prompt.
 */
const promptedOf = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<[string, string, number, string], { id: string; at: number }>(
    `select m.id, m.created_at as at from messages m
     where m.node_id = ? and m.session_id = ? and m.created_at <= ?
       and m.role = 'user' and m.removed is null
       and case when json_valid(m.data) then json_extract(m.data, '$.text') <> '' else 0 end
       and not exists (
         select 1 from commands c where c.session_id = ? and c.actor like 'policy:%' and (
           case when json_valid(c.output) then json_extract(c.output, '$.messageId') end = m.id
           or (c.state <> 'succeeded' and
               case when json_valid(c.args) then json_extract(c.args, '$.text') end = json_extract(m.data, '$.text')))
       )
     order by m.created_at desc, m.id desc limit 1`,
  ),
);

/** The newest prompt of a person in a session up to a time on its node's clock. */
export function promptedBefore(
  store: Reader,
  nodeId: string,
  id: string,
  at: number,
): { readonly id: string; readonly at: number } | undefined {
  return promptedOf(store).get(nodeId, id, at, id);
}

const pendingCount = prepared(({ sqlite }: Reader) =>
  sqlite.driver.prepare<[string, string], { n: number }>(
    "select count(*) as n from prompts where state = 'pending' and node_id = ? and session_id = ?",
  ),
);

/** What is stored of a session that policies decide by; undefined where there is no such session. */
export function policyFacts(store: SupervisorStore, nodeId: string, id: string): StoredFacts | undefined {
  const session = soundOne(store, "sessions", sessionOf(store).get({ nodeId, id }));
  if (session === undefined) return undefined;
  const health = soundOne(store, "sessionHealth", healthOfOne(store).get({ nodeId, id }));
  const open = sound(store, "interactions", openOf(store).all({ nodeId, id }));
  const { isComing, isRestarting } = queueFacts(store, nodeId, id, 0);
  const pending = pendingCount(store).get(nodeId, id)?.n ?? 0;
  return {
    session,
    health,
    open,
    prompted: promptedBefore(store, nodeId, id, LAST_TIME),
    completed: completedSession(store, nodeId, id),
    isComing,
    isRestarting,
    pending,
  };
}

/** Where policies are paused, oldest first. */
export async function standingPauses(store: Reader): Promise<PolicyPauseRow[]> {
  return store.sqlite.orm
    .select()
    .from(policyPauses)
    .where(isNull(policyPauses.endedAt))
    .orderBy(asc(policyPauses.createdAt), asc(policyPauses.id))
    .all();
}

/** When the providers of sessions said that they may be tried again, by `<node>/<id>`, as far as that is to come. */
export async function limitsOf(
  store: SupervisorStore,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
  now: number,
): Promise<ReadonlyMap<string, number>> {
  if (wanted.length === 0) return new Map();
  const keys = JSON.stringify(wanted.map(({ nodeId, id }) => [nodeId, id]));
  const rows = store.sqlite.orm
    .select({ nodeId: policySessions.nodeId, id: policySessions.sessionId, until: policySessions.limitUntil })
    .from(policySessions)
    .where(
      sql`(${policySessions.nodeId}, ${policySessions.sessionId}) in (select value ->> 0, value ->> 1 from json_each(${keys}))
        and ${policySessions.limitUntil} > ${now}`,
    )
    .all();
  return new Map(rows.map(({ nodeId, id, until }) => [`${nodeId}/${id}`, until ?? 0]));
}
