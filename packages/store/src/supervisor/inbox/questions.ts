import { and, desc, eq, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import type { PromptUnderWayRow } from "../commands/schema.ts";
import { type InteractionRow, interactions } from "../interactions/schema.ts";
import type { ProjectStartRow } from "../projects/schema.ts";
import { WAITS } from "../projects/writes.ts";
import { TREE_HEIGHT } from "../sessions/rows.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { inboxLooks, type InboxNoteRow, inboxNotes } from "./schema.ts";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { keysOf } from "./keys.ts";

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
