import { EVENT_DATA, POLICIES } from "@hal/protocol";
import {
  type BudgetStopRow,
  listBudgetStops,
  type OpenInteraction,
  pendingPrompts,
  type PromptRow,
  promptsComing,
  type PromptUnderWayRow,
  countAtRest,
  markedSessions,
  type MarkedSession,
  namedAtRest,
  type RestedSession,
  type RestingSession,
  rootsOf,
  type SessionRow,
  sessionsAtRest,
  sessionsThatFailed,
  sessionsToJudge,
} from "@hal/store/supervisor";
import * as v from "valibot";
import { marksOf, type ToldHealth } from "../health/domain/marks.ts";
import { type KnownNode, statusSeen } from "../nodes/node-statuses.ts";
import { readPolicyState } from "../policies/domain/policy-state.ts";
import type { Context } from "./context.ts";
import { type GaveUp, NEEDS_NOBODY, type StandingMark, type StandingSession } from "./domain/tier.ts";

/** A root session that may need somebody, and all by which that is said. */
export interface KnownSession {
  readonly row: RestingSession;
  readonly standing: StandingSession;
}

interface Around {
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly open: readonly OpenInteraction[];
  /** by `<node>/<id>` */
  readonly restarting: ReadonlySet<string>;
}

/** Which sessions are looked at. */
export interface Scope {
  /** of those that rest only the ones that do since then or later */
  readonly finishedSince: number;
  /** this root session alone */
  readonly only?: Pick<SessionRow, "nodeId" | "id"> | undefined;
  /** of this project alone, as far as that is known without looking */
  readonly project?: string | undefined;
  /** of those that are finished so many of the newest, and these, as `<node>/<id>`; without it all of them */
  readonly newest?: { readonly most: number; readonly besides: readonly string[] } | undefined;
}

export interface Standing {
  /** those of which more is to be known than that they rest */
  readonly known: readonly KnownSession[];
  /** those that rest, and of which nothing else is to be said, as many as were asked for */
  readonly rested: readonly RestedSession[];
  /** how many of those there are */
  readonly restedCount: number;
}

/** The root sessions that may need somebody: of all others it is known without looking that they do not. */
export async function standingSessions(
  context: Context,
  { nodes, open, restarting }: Around,
  scope: Scope,
): Promise<Standing> {
  const { only } = scope;
  const { store } = context;
  const { marks, rows: marked } = marksByRoot(context, nodes);
  const coming = Map.groupBy(promptsComing(store), ({ nodeId, sessionId }) => keyOf(nodeId, sessionId));
  const pending = Map.groupBy(await pendingPrompts(store, {}), ({ nodeId, sessionId }) => keyOf(nodeId, sessionId));
  const stopped = new Map(
    listBudgetStops(store)
      .filter(({ critical }) => !critical)
      .map((stop) => [keyOf(stop.nodeId, stop.sessionId), stop]),
  );
  const asking = new Set(open.map(({ nodeId, rootSessionId }) => keyOf(nodeId, rootSessionId)));
  const failed = only === undefined ? sessionsThatFailed(store) : [];
  const rows = new Map([...marked, ...failed].map((row) => [keyOf(row.nodeId, row.id), row]));
  const named = [...marks.keys(), ...coming.keys(), ...pending.keys(), ...stopped.keys()]
    .filter((key) => !rows.has(key))
    .map(placeOf);
  for (const row of sessionsToJudge(store, only === undefined ? named : [only]))
    if (row.parentId === null) rows.set(keyOf(row.nodeId, row.id), row);
  const known = [...rows].map(([key, row]) => ({
    row,
    standing: {
      status: row.status,
      turn: row.turn,
      statusSince: row.statusSince,
      restsSince: row.since,
      gaveUp: gaveUpOf(row.policies),
      marks: marks.get(key) ?? [],
      stalled: stalledOf(coming.get(key) ?? []),
      held: heldOf(pending.get(key) ?? []),
      overBudget: overBudgetOf(stopped.get(key)),
      isAsking: asking.has(key),
      isComing: coming.has(key),
      isRestarting: restarting.has(key),
    },
  }));
  if (only !== undefined) {
    const own = known.filter(({ row }) => row.nodeId === only.nodeId && row.id === only.id);
    return { known: own, rested: [], restedCount: 0 };
  }
  const said = new Set([...asking, ...restarting, ...coming.keys(), ...pending.keys()]);
  return { known, ...restedOf(context, scope, said) };
}

/** Those that finished, but for those of which something else is said: there may be many, so that no more are read than were asked for. */
function restedOf(
  { store }: Context,
  { finishedSince: since, project, newest }: Scope,
  said: ReadonlySet<string>,
): Pick<Standing, "rested" | "restedCount"> {
  const filter = { since, besides: [...NEEDS_NOBODY, "untold" as const], project };
  const isMeant = ({ nodeId, id }: RestedSession): boolean => !said.has(keyOf(nodeId, id));
  if (newest === undefined) {
    const all = sessionsAtRest(store, filter, EVERY).filter(isMeant);
    return { rested: all, restedCount: all.length };
  }
  const out = namedAtRest(store, filter, [...said].map(placeOf)).length;
  const most = newest.most + out;
  const top = sessionsAtRest(store, filter, most);
  const found = [...top, ...namedAtRest(store, filter, newest.besides.map(placeOf))].filter(isMeant);
  const rested = [...new Map(found.map((one) => [keyOf(one.nodeId, one.id), one])).values()];
  return { rested, restedCount: top.length < most ? rested.length : countAtRest(store, filter) - out };
}

/** No limit, as SQLite writes it. */
const EVERY = -1;

/** Health marks, also of what a session started, by the root session, and the rows of the root sessions among those that have one. */
function marksByRoot(
  context: Context,
  nodes: ReadonlyMap<string, KnownNode>,
): { readonly marks: Map<string, StandingMark[]>; readonly rows: readonly RestingSession[] } {
  const [now, limits] = [context.clock.now(), context.healthLimits()];
  const marked = markedSessions(context.store, now - limits.stuckMs).flatMap((session) => {
    const status = statusSeen(session, nodes.get(session.nodeId));
    const told = toldOf(session);
    const found = marksOf(told, { status, now, limits }).map(({ mark, since }): StandingMark => {
      const toldSince = mark === "stuck" ? told.data.quietSince : told.data.loop?.since;
      return { mark, since, toldSince: toldSince ?? since };
    });
    return found.length === 0 ? [] : [{ session, found }];
  });
  const children = marked.filter(({ session }) => session.parentId !== null);
  const roots = rootsOf(
    context.store,
    children.map(({ session }) => session),
  );
  const marks = new Map<string, StandingMark[]>();
  for (const { session, found } of marked) {
    const { nodeId, id } = session;
    const root = roots.get(keyOf(nodeId, id)) ?? id;
    const key = keyOf(nodeId, root);
    const own = root === id ? found : found.map((one) => ({ ...one, childId: id }));
    marks.set(key, [...(marks.get(key) ?? []), ...own]);
  }
  return { marks, rows: marked.map(({ session }) => session).filter(({ parentId }) => parentId === null) };
}

/** As much of what was told of a session's health as says which marks it has. */
function toldOf({ quietSince, loopSince, health }: MarkedSession): ToldHealth {
  const read = v.safeParse(SaidHealth, parsed(health));
  return { quietSince, loopSince, data: read.success ? read.output : {} };
}

const { quietSince, loop } = EVENT_DATA["session.health"].entries;
const SaidHealth = v.object({ quietSince, loop });

/** What policies remember is a text until somebody needs it. */
function gaveUpOf(stored: string | null): GaveUp[] {
  if (stored === null) return [];
  const { policies } = readPolicyState(parsed(stored));
  return POLICIES.flatMap((policy) => {
    const own = policies[policy];
    if (own?.gaveUp !== true || own.last === null) return [];
    return [{ policy, reason: own.last.reason, at: own.last.at }];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function stalledOf(coming: readonly PromptUnderWayRow[]): StandingSession["stalled"] {
  const first = coming.find(({ state }) => state === "stalled");
  if (first === undefined) return undefined;
  const { commandId, reason, askedAt: at } = first;
  return { commandId, text: `its prompt ${commandId} is stalled: ${reason ?? "nothing came of it"}`, at };
}

function overBudgetOf(stop: BudgetStopRow | undefined): StandingSession["overBudget"] {
  if (stop === undefined) return undefined;
  const { budgetId, reason, at } = stop;
  return { budgetId, text: `its agent stopped it: ${reason}`, at };
}

function heldOf(pending: readonly PromptRow[]): StandingSession["held"] {
  const first = pending.find(({ afterStop }) => !afterStop);
  return first === undefined ? undefined : { promptId: first.id, at: first.createdAt };
}

/** Names a session, or what belongs to one, in the fleet. */
export function keyOf(nodeId: string, id: string | null): string {
  return `${nodeId}/${id ?? ""}`;
}

function placeOf(key: string): { readonly nodeId: string; readonly id: string } {
  const at = key.indexOf("/");
  return { nodeId: key.slice(0, at), id: key.slice(at + 1) };
}
