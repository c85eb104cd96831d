import { setImmediate as nextTurn } from "node:timers/promises";
import { gte, sql } from "drizzle-orm";
import type { SupervisorStore } from "./open.ts";
import { sessions } from "./schema.ts";

/** What the assistant's messages of one session cost with one model. */
export interface Spent {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
  /** `provider/model`, as opencode named it; null where it did not */
  readonly model: string | null;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

/** So many sessions are added up before others have their turn. */
const SESSIONS = 100;

/**
 * What was spent since a time, by session and model: each of the assistant's messages counts once, when it began; what a
 * fork copied was spent elsewhere.
 */
export async function* spentSince(store: SupervisorStore, since: number, signal: AbortSignal): AsyncGenerator<Spent> {
  const active = activeSince(store, since);
  for (let first = 0; first < active.length; first += SESSIONS) {
    yield* sumsOf(store, since, active.slice(first, first + SESSIONS));
    await nextTurn();
    signal.throwIfAborted();
  }
}

/** A message is an activity: who was not active since then has none of the messages. */
function activeSince(store: SupervisorStore, since: number) {
  return store.sqlite.orm
    .select({ nodeId: sessions.nodeId, id: sessions.id })
    .from(sessions)
    .where(gte(sessions.lastActivityAt, since))
    .all();
}

function sumsOf(
  store: SupervisorStore,
  since: number,
  of: readonly { readonly nodeId: string; readonly id: string }[],
): Spent[] {
  const wanted = JSON.stringify(of.map(({ nodeId, id }) => [nodeId, id]));
  return store.sqlite.orm.all<Spent>(sql`
    with wanted(node, id) as (select value ->> 0, value ->> 1 from json_each(${wanted}))
    select s.node_id as nodeId, s.id as sessionId, s.project as project, m.data ->> 'model' as model,
      sum(m.cost_micro_usd) as costMicroUsd, sum(m.tokens_total) as tokens
    from wanted w cross join sessions s on s.node_id = w.node and s.id = w.id
      cross join messages m on m.node_id = s.node_id and m.session_id = s.id and m.created_at >= ${since}
    where m.role = 'assistant' and not m.copied
    group by 1, 2, 3, 4`);
}
