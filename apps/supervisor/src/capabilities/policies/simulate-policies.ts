import { setImmediate as nextTurn } from "node:timers/promises";
import type { SimulationView } from "@hal/protocol";
import {
  eventsToReplay,
  holdsStandingAt,
  newestEventId,
  pausesStandingAt,
  placeAt,
  prunedUpTo,
  restedSince,
} from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { LookContext } from "./context.ts";
import type { PolicySettings } from "./domain/policy-settings.ts";
import { Replay, type ReplayedDecision } from "./replay.ts";

/** So many places of the log, and so many sessions, are looked at before others have their turn. */
const WINDOW = { events: 500, sessions: 50 };

const NOTES = [
  "what sessions, people and policies did then is taken as it was: a prompt that a policy would have given changes nothing that follows",
  "who watched a session is in no log: nobody is taken to have",
  "what policies had done before that time is not counted",
  "a task of which nobody has said since then that it is completed is taken as open",
];

interface Wanted {
  readonly settings: PolicySettings;
  readonly since: number;
  readonly limit: number;
}

/** What policies would have come to since a time. Reads, and writes nothing. */
export async function simulatePolicies(
  context: LookContext,
  { settings, since, limit }: Wanted,
  signal: AbortSignal,
): Promise<SimulationView> {
  const { store, clock } = context;
  const until = clock.now();
  const decisions: ReplayedDecision[] = [];
  const counts = new Map<string, { policy: string; outcome: ReplayedDecision["outcome"]; count: number }>();
  const replay = new Replay(store, {
    settings,
    since,
    onDecision(decision) {
      const { policy, outcome } = decision;
      const counted = counts.get(`${policy}/${outcome}`) ?? { policy, outcome, count: 0 };
      counts.set(`${policy}/${outcome}`, { ...counted, count: counted.count + 1 });
      if (decisions.length < limit) decisions.push(decision);
    },
  });
  for (const hold of holdsStandingAt(store, since)) replay.stood({ hold });
  for (const pause of pausesStandingAt(store, since)) replay.stood({ pause });
  await addRested(context, replay, since, signal);
  const [first, last] = [placeAt(store, since), await newestEventId(store)];
  let events = 0;
  for (let after = first; after < last; after += WINDOW.events) {
    for (const row of eventsToReplay(store, after, Math.min(last, after + WINDOW.events))) {
      await replay.take(row);
      events += 1;
    }
    await nextTurn();
    signal.throwIfAborted();
  }
  replay.finish(until);
  const isShort = first < (await prunedUpTo(store));
  return {
    since: time(since),
    until: time(until),
    events,
    sessions: replay.sessions,
    counts: [...counts.values()],
    decisions: decisions.map(viewOf),
    notes: isShort
      ? [...NOTES, "the log does not go back so far: what is older than its retention is not in it"]
      : NOTES,
  };
}

async function addRested(context: LookContext, replay: Replay, since: number, signal: AbortSignal): Promise<void> {
  let after = { nodeId: "", id: "" };
  for (;;) {
    const rows = restedSince(context.store, since, after, WINDOW.sessions);
    for (const row of rows) replay.rested(row, since);
    const end = rows.at(-1);
    if (end === undefined) return;
    after = { nodeId: end.nodeId, id: end.id };
    await nextTurn();
    signal.throwIfAborted();
  }
}

function viewOf({ at, policy, outcome, reason, sessionId, project, nodeId }: ReplayedDecision) {
  return {
    at: time(at),
    policy,
    outcome,
    reason,
    session_id: sessionId,
    project,
    node_id: nodeId,
    command_id: null,
  };
}
