import { and, desc, eq, sql } from "drizzle-orm";
import { LIMIT, prepared } from "../../prepared.ts";
import type { PromptUnderWayRow } from "../commands/schema.ts";
import { type InteractionRow, interactions } from "../interactions/schema.ts";
import type { ProjectStartRow } from "../projects/schema.ts";
import { WAITS } from "../projects/writes.ts";
import { TREE_HEIGHT } from "../sessions/rows.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { inboxLooks, type InboxNoteRow, inboxNotes } from "./schema.ts";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";

/** As much of a root session as says whether it needs somebody. */
export interface RestingSession extends Pick<
  SessionRow,
  "nodeId" | "id" | "project" | "status" | "statusReason" | "statusSince"
> {
  /** since when it is so, on the supervisor's clock; null where that is not kept */
  readonly since: number | null;
  /** what policies remember of it, as it is stored, where one of them did all that it may; else null */
  readonly policies: string | null;
}

/** How a policy that did all that it may is kept: cheaper to look for than to read. */
const GAVE_UP = `'"gaveUp":true'`;

const COLUMNS = `s.node_id as nodeId, s.id, s.project, s.status, s.status_reason as statusReason, s.status_since as statusSince,
  p.since, case when instr(p.state, ${GAVE_UP}) > 0 then p.state end as policies`;
const FROM = "sessions s left join policy_sessions p on p.node_id = s.node_id and p.session_id = s.id";

const failed = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[], RestingSession>(
    `select ${COLUMNS} from ${FROM} where s.parent_id is null and s.status = 'error'
     union all
     select ${COLUMNS} from policy_sessions p cross join sessions s on s.node_id = p.node_id and s.id = p.session_id
     where instr(p.state, ${GAVE_UP}) > 0 and s.parent_id is null and s.status not in ('error', 'ended')`,
  ),
);

/** Root sessions whose turn failed, or of which a policy did all that it may. */
export function sessionsThatFailed(store: SupervisorStore): RestingSession[] {
  return failed(store).all();
}

/** Root sessions that rest since a time or later, and of which policies did not do all that they may. */
export interface RestFilter {
  readonly since: number;
  /** not those that rest for these reasons */
  readonly besides: readonly string[];
  readonly project?: string | undefined;
}

const JOINED = "cross join sessions s on s.node_id = p.node_id and s.id = p.session_id";
const RESTS = `p.since >= ? and p.status = 'idle' and instr(p.state, ${GAVE_UP}) = 0 and s.status = 'idle'
  and s.parent_id is null and s.status_reason not in (select value from json_each(?)) and s.project = coalesce(?, s.project)`;
const RESTED = `from policy_sessions p ${JOINED} where ${RESTS}`;

type RestArgs = [since: number, besides: string, project: string | null];

function restArgs({ since, besides, project }: RestFilter): RestArgs {
  return [since, JSON.stringify(besides), project ?? null];
}

const restedCount = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<RestArgs, { n: number }>(`select count(*) as n ${RESTED}`),
);

export function countAtRest(store: SupervisorStore, filter: RestFilter): number {
  return restedCount(store).get(...restArgs(filter))?.n ?? 0;
}

/** Names a root session that rests, and says since when on the supervisor's clock. */
export interface RestedSession extends Pick<SessionRow, "nodeId" | "id" | "project"> {
  readonly since: number;
}

const REST_COLUMNS = "s.node_id as nodeId, s.id, s.project, p.since";

const rested = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[...RestArgs, limit: number], RestedSession>(
    `select ${REST_COLUMNS} ${RESTED} order by p.since desc, s.id, s.node_id ${LIMIT}`,
  ),
);

/** Those that rest, the newest first. */
export function sessionsAtRest(store: SupervisorStore, filter: RestFilter, limit: number): RestedSession[] {
  return rested(store).all(...restArgs(filter), limit);
}

const restedNamed = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[keys: string, ...RestArgs], RestedSession>(
    `select ${REST_COLUMNS} from json_each(?) k
     cross join policy_sessions p on p.node_id = k.value ->> 0 and p.session_id = k.value ->> 1 ${JOINED} where ${RESTS}`,
  ),
);

/** Those that rest among some that are named. */
export function namedAtRest(
  store: SupervisorStore,
  filter: RestFilter,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
): RestedSession[] {
  return wanted.length === 0 ? [] : restedNamed(store).all(keysOf(wanted), ...restArgs(filter));
}

/** A session with a health mark that it may have, children among them, and as much of that as says which. */
export interface MarkedSession extends RestingSession {
  readonly parentId: string | null;
  readonly quietSince: number | null;
  readonly loopSince: number | null;
  /** `session.health` data, as it is stored */
  readonly health: string;
}

const marked = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[quietBefore: number], MarkedSession>(
    `select ${COLUMNS}, s.parent_id as parentId, h.quiet_since as quietSince, h.loop_since as loopSince,
       h.data as health
     from session_health h cross join ${FROM}
     where s.node_id = h.node_id and s.id = h.session_id
       and (h.quiet_since is not null or h.loop_since is not null) and (h.quiet_since <= ? or h.loop_since is not null)
       and s.status in ('busy', 'retrying', 'waiting', 'error')`,
  ),
);

/** Sessions in which nothing moves since before a time, or that loop. */
export function markedSessions(store: SupervisorStore, quietBefore: number): MarkedSession[] {
  return marked(store).all(quietBefore);
}

const ofKeys = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[keys: string], RestingSession & { readonly parentId: string | null }>(
    `select ${COLUMNS}, s.parent_id as parentId from json_each(?) k
     cross join ${FROM} where s.node_id = k.value ->> 0 and s.id = k.value ->> 1`,
  ),
);

/** The same of sessions that are named, children among them. */
export function sessionsToJudge(
  store: SupervisorStore,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
): (RestingSession & { readonly parentId: string | null })[] {
  return ofKeys(store).all(keysOf(wanted));
}

const climbed = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[keys: string], { nodeId: string; id: string; root: string }>(
    `with recursive up(node_id, id, at, depth) as (
       select value ->> 0, value ->> 1, value ->> 1, 0 from json_each(?)
       union all
       select up.node_id, up.id, s.parent_id, depth + 1 from up
       join sessions s on s.node_id = up.node_id and s.id = up.at where s.parent_id is not null and depth < ${TREE_HEIGHT}
     )
     select node_id as nodeId, id, at as root, max(depth) from up group by node_id, id`,
  ),
);

/** The root of each session, by `<node>/<id>`; a parent that is not known ends the climb. */
export function rootsOf(
  store: SupervisorStore,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
): ReadonlyMap<string, string> {
  if (wanted.length === 0) return new Map();
  return new Map(
    climbed(store)
      .all(keysOf(wanted))
      .map(({ nodeId, id, root }) => [`${nodeId}/${id}`, root]),
  );
}

const sessionsNamed = prepared(({ sqlite: { orm } }: SupervisorStore) =>
  orm
    .select()
    .from(sessions)
    .where(
      sql`(${sessions.nodeId}, ${sessions.id}) in (select value ->> 0, value ->> 1 from json_each(${sql.placeholder("keys")}))`,
    )
    .prepare(),
);

/** Sessions that are named, by `<node>/<id>`. */
export function sessionsByKey(
  store: SupervisorStore,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
): ReadonlyMap<string, SessionRow> {
  if (wanted.length === 0) return new Map();
  const found = sound(store, "sessions", sessionsNamed(store).all({ keys: keysOf(wanted) }));
  return new Map(found.map((row) => [`${row.nodeId}/${row.id}`, row]));
}

/** As much of an open interaction as says that it waits. */
export type OpenInteraction = Pick<
  InteractionRow,
  "nodeId" | "id" | "sessionId" | "rootSessionId" | "project" | "kind" | "askedAt"
>;

const openOnes = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[], OpenInteraction>(
    `select node_id as nodeId, id, session_id as sessionId, root_session_id as rootSessionId, project, kind, asked_at as askedAt
     from interactions where state = 'open'`,
  ),
);

/** What waits for a person anywhere. */
export function interactionsOpen(store: SupervisorStore): OpenInteraction[] {
  return openOnes(store).all();
}

const interactionsNamed = prepared(({ sqlite: { orm } }: SupervisorStore) =>
  orm
    .select()
    .from(interactions)
    .where(
      sql`(${interactions.nodeId}, ${interactions.id}) in (select value ->> 0, value ->> 1 from json_each(${sql.placeholder("keys")}))`,
    )
    .prepare(),
);

/** Interactions that are named. */
export function interactionsByKey(
  store: SupervisorStore,
  wanted: readonly Pick<InteractionRow, "nodeId" | "id">[],
): InteractionRow[] {
  if (wanted.length === 0) return [];
  return sound(store, "interactions", interactionsNamed(store).all({ keys: keysOf(wanted) }));
}

/** A project that did not begin although another one was completed. */
export type ProjectNotStarted = Pick<ProjectStartRow, "project" | "eventId" | "at" | "upstream"> & {
  readonly code: string;
  readonly reason: string;
};

const unstarted = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[], ProjectNotStarted>(
    `select p.project, p.event_id as eventId, p.at, p.upstream, p.code, coalesce(p.reason, '') as reason from project_starts p
     where p.reason is not null and p.code <> '${WAITS}' and p.event_id = (select max(n.event_id) from project_starts n where n.project = p.project)
       and not exists (select 1 from sessions s where s.project = p.project and s.parent_id is null and s.started_at > p.at)`,
  ),
);

/** Projects whose turn it was last and that did not begin, and in which no session began since. */
export function projectsNotStarted(store: SupervisorStore): ProjectNotStarted[] {
  return unstarted(store).all();
}

const comingOnes = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[], PromptUnderWayRow>(
    `select command_id as commandId, node_id as nodeId, session_id as sessionId, asked_at as askedAt, state, reason
     from prompts_under_way where state in ('coming', 'stalled') order by asked_at`,
  ),
);

/** Prompts with which no turn was seen to begin, the oldest first. */
export function promptsComing(store: SupervisorStore): PromptUnderWayRow[] {
  return comingOnes(store).all();
}

const notesBy = prepared(({ sqlite: { orm } }: SupervisorStore) =>
  orm
    .select()
    .from(inboxNotes)
    .where(eq(inboxNotes.actor, sql.placeholder("actor")))
    .prepare(),
);

/** What an actor noted of items. */
export function inboxNotesBy(store: SupervisorStore, actor: string): InboxNoteRow[] {
  return notesBy(store).all({ actor });
}

/** What anybody noted of the items of a session, the newest first. */
export function inboxNotesOn(store: SupervisorStore, nodeId: string, sessionId: string): InboxNoteRow[] {
  return store.sqlite.orm
    .select()
    .from(inboxNotes)
    .where(and(eq(inboxNotes.nodeId, nodeId), eq(inboxNotes.sessionId, sessionId)))
    .orderBy(desc(inboxNotes.createdAt))
    .all();
}

const lookBy = prepared(({ sqlite: { orm } }: SupervisorStore) =>
  orm
    .select()
    .from(inboxLooks)
    .where(eq(inboxLooks.actor, sql.placeholder("actor")))
    .prepare(),
);

/** Up to when an actor has seen what finished; undefined where that actor has not looked. */
export function inboxLookBy(store: SupervisorStore, actor: string): number | undefined {
  return lookBy(store).get({ actor })?.at;
}

function keysOf(wanted: readonly { readonly nodeId: string; readonly id: string }[]): string {
  return JSON.stringify(wanted.map(({ nodeId, id }) => [nodeId, id]));
}
