import { POLICIES } from "@hal/protocol";
import {
  type OpenInteraction,
  pendingPrompts,
  type PromptRow,
  promptsComing,
  type PromptUnderWayRow,
  type RestingSession,
  rootsOf,
  type SessionRow,
  sessionsAtRest,
  sessionsToJudge,
  troubledSessions,
} from "@hal/store/supervisor";
import { toldHealth } from "../health/describe-health.ts";
import { marksOf } from "../health/domain/marks.ts";
import { type KnownNode, statusSeen } from "../nodes/node-statuses.ts";
import { readPolicyState } from "../policies/domain/policy-state.ts";
import type { Context } from "./context.ts";
import type { GaveUp, StandingMark, StandingSession } from "./domain/tier.ts";

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
}

/** The root sessions that may need somebody: of all others it is known without looking that they do not. */
export async function standingSessions(
  context: Context,
  { nodes, open, restarting }: Around,
  { finishedSince, only }: Scope,
): Promise<KnownSession[]> {
  const { store } = context;
  const marks = await marksByRoot(context, nodes);
  const coming = Map.groupBy(promptsComing(store), ({ nodeId, sessionId }) => keyOf(nodeId, sessionId ?? ""));
  const pending = Map.groupBy(await pendingPrompts(store, {}), ({ nodeId, sessionId }) => keyOf(nodeId, sessionId));
  const asking = new Set(open.map(({ nodeId, rootSessionId }) => keyOf(nodeId, rootSessionId)));
  const resting = only === undefined ? sessionsAtRest(store, finishedSince) : [];
  const rows = new Map(resting.map((row) => [keyOf(row.nodeId, row.id), row]));
  const named = [...marks.keys(), ...coming.keys(), ...pending.keys()].filter((key) => !rows.has(key)).map(placeOf);
  for (const row of sessionsToJudge(store, only === undefined ? named : [only]))
    if (row.parentId === null) rows.set(keyOf(row.nodeId, row.id), row);
  return [...rows].map(([key, row]) => ({
    row,
    standing: {
      status: row.status,
      statusReason: row.statusReason,
      statusSince: row.statusSince,
      restsSince: row.since,
      gaveUp: gaveUpOf(row.policies),
      marks: marks.get(key) ?? [],
      stalled: stalledOf(coming.get(key) ?? []),
      held: heldOf(pending.get(key) ?? []),
      isAsking: asking.has(key),
      isComing: coming.has(key),
      isRestarting: restarting.has(key),
    },
  }));
}

/** Health marks, also of what a session started, by the root session. */
async function marksByRoot(
  context: Context,
  nodes: ReadonlyMap<string, KnownNode>,
): Promise<Map<string, StandingMark[]>> {
  const [now, limits] = [context.clock.now(), context.healthLimits()];
  const marked = (await troubledSessions(context.store)).flatMap(({ health, session }) => {
    const status = statusSeen(session, nodes.get(health.nodeId));
    const told = toldHealth(health);
    const found = marksOf(told, { status, now, limits }).map((mark): StandingMark => {
      const toldSince = mark.mark === "stuck" ? told?.data.quietSince : told?.data.loop?.since;
      return { ...mark, toldSince: toldSince ?? mark.since };
    });
    return found.length === 0 ? [] : [{ nodeId: health.nodeId, id: health.sessionId, found }];
  });
  const roots = rootsOf(context.store, marked);
  const byRoot = new Map<string, StandingMark[]>();
  for (const { nodeId, id, found } of marked) {
    const root = roots.get(keyOf(nodeId, id)) ?? id;
    const key = keyOf(nodeId, root);
    byRoot.set(key, [
      ...(byRoot.get(key) ?? []),
      ...(root === id ? found : found.map((one) => ({ ...one, childId: id }))),
    ]);
  }
  return byRoot;
}

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
