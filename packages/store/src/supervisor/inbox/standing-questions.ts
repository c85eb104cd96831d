import { LIMIT, prepared } from "../../prepared.ts";
import { GAVE_UP } from "../policies/schema.ts";
import type { SessionRow, TurnStands } from "../sessions/schema.ts";
import type { SupervisorStore } from "../store.ts";
import { keysOf } from "./keys.ts";

/** As much of a root session as says whether it needs somebody. */
export interface RestingSession extends Pick<
  SessionRow,
  "nodeId" | "id" | "project" | "status" | "turn" | "statusSince"
> {
  /** since when it is so, on the supervisor's clock; null where that is not kept */
  readonly since: number | null;
  /** what policies remember of it, as it is stored, where one of them did all that it may; else null */
  readonly policies: string | null;
}

const COLUMNS = `s.node_id as nodeId, s.id, s.project, s.status, s.turn, s.status_since as statusSince,
  p.since, case when instr(p.state, ${GAVE_UP}) > 0 then p.state end as policies`;
const FROM = "sessions s left join policy_sessions p on p.node_id = s.node_id and p.session_id = s.id";

/** Its values, in the order of `COLUMNS`: of many rows the driver makes them at a third of what it makes objects. */
type RestingValues = [
  nodeId: string,
  id: string,
  project: string,
  status: SessionRow["status"],
  turn: SessionRow["turn"],
  statusSince: number,
  since: number | null,
  policies: string | null,
];

function restingSession(values: readonly [...RestingValues, ...unknown[]]): RestingSession {
  const [nodeId, id, project, status, turn, statusSince, since, policies] = values;
  return { nodeId, id, project, status, turn, statusSince, since, policies };
}

const failed = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver
    .prepare<[], RestingValues>(
      `select ${COLUMNS} from ${FROM} where s.parent_id is null and s.status = 'error'
     union all
     select ${COLUMNS} from policy_sessions p cross join sessions s on s.node_id = p.node_id and s.id = p.session_id
     where instr(p.state, ${GAVE_UP}) > 0 and s.parent_id is null and s.status not in ('error', 'ended')`,
    )
    .raw(),
);

/** Root sessions whose turn failed, or of which a policy did all that it may. */
export function sessionsThatFailed(store: SupervisorStore): RestingSession[] {
  return failed(store).all().map(restingSession);
}

/** Root sessions that rest since a time or later, and of which policies did not do all that they may. */
export interface RestFilter {
  readonly since: number;
  /** not those of which the newest turn stands so */
  readonly besides: readonly TurnStands[];
  readonly project?: string | undefined;
}

const JOINED = "cross join sessions s on s.node_id = p.node_id and s.id = p.session_id";
const RESTS = `p.since >= ? and p.status = 'idle' and instr(p.state, ${GAVE_UP}) = 0 and s.status = 'idle'
  and s.parent_id is null and coalesce(s.turn, '') not in (select value from json_each(?)) and s.project = coalesce(?, s.project)`;
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
    `select ${REST_COLUMNS} ${RESTED} order by p.since desc, p.session_id, p.node_id ${LIMIT}`,
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

type MarkedValues = [
  ...RestingValues,
  parentId: string | null,
  quietSince: number | null,
  loopSince: number | null,
  health: string,
];

function markedSession(values: MarkedValues): MarkedSession {
  const [, , , , , , , , parentId, quietSince, loopSince, health] = values;
  return { ...restingSession(values), parentId, quietSince, loopSince, health };
}

const marked = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver
    .prepare<[quietBefore: number], MarkedValues>(
      `select ${COLUMNS}, s.parent_id as parentId, h.quiet_since as quietSince, h.loop_since as loopSince,
       h.data as health
     from session_health h cross join ${FROM}
     where s.node_id = h.node_id and s.id = h.session_id
       and (h.quiet_since is not null or h.loop_since is not null) and (h.quiet_since <= ? or h.loop_since is not null)
       and s.status in ('busy', 'retrying', 'waiting', 'error')`,
    )
    .raw(),
);

/** Sessions in which nothing moves since before a time, or that loop. */
export function markedSessions(store: SupervisorStore, quietBefore: number): MarkedSession[] {
  return marked(store).all(quietBefore).map(markedSession);
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
