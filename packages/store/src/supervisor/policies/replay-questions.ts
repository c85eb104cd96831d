import { and, eq, gt, isNull, lt, lte, ne, or } from "drizzle-orm";
import { LIMIT, prepared } from "../../prepared.ts";
import { type HoldRow, holds } from "../holds/schema.ts";
import { EVENT_COLUMNS } from "../log/event-columns.ts";
import type { EventRow, StoredEvent } from "../log/schema.ts";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { sound, soundEvents } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type PolicyPauseRow, policyPauses } from "./schema.ts";

/** What a replay of policies goes by; of messages only those of users. */
const REPLAYED = `type in ('session.started', 'session.updated', 'session.busy', 'session.idle', 'session.waiting', 'session.retrying',
    'session.error', 'session.ended', 'session.compacted', 'session.health', 'command.succeeded', 'prompt.queued', 'prompt.sent', 'prompt.cancelled',
    'prompt.refused', 'node.online', 'node.offline', 'hold.began', 'hold.released', 'policy.paused', 'policy.resumed', 'task.completed', 'task.reopened')
  or (type = 'session.message' and case when json_valid(data) then json_extract(data, '$.role') = 'user' else 0 end)`;

const window = prepared(({ sqlite: { driver } }: SupervisorStore) =>
  driver.prepare<[number, number], StoredEvent>(
    `select ${EVENT_COLUMNS} from events where id > ? and id <= ? and (${REPLAYED}) order by id`,
  ),
);

/** What a replay of policies goes by among the events behind a place, up to another one; oldest first. */
export function eventsToReplay(store: SupervisorStore, after: number, upTo: number): EventRow[] {
  return soundEvents(store, window(store).all(after, upTo));
}

/** The place in the log behind which everything was received at a time or later: the log grows with the supervisor's clock. */
export function placeAt(store: SupervisorStore, since: number): number {
  const next = store.sqlite.driver.prepare<[number, number], { id: number; at: number }>(
    `select id, received_at as at from events where id > ? order by id ${LIMIT}`,
  );
  let [low, high] = [
    0,
    store.sqlite.driver.prepare<[], { id: number | null }>("select max(id) as id from events").get()?.id ?? 0,
  ];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = next.get(middle, 1);
    if (found === undefined || found.at >= since) high = middle;
    else low = found.id;
  }
  return low;
}

/** Root sessions that did nothing since a time and have not ended, a page of them by node and id. */
export function restedSince(
  store: SupervisorStore,
  since: number,
  after: { readonly nodeId: string; readonly id: string },
  limit: number,
): SessionRow[] {
  const rows = store.sqlite.orm
    .select()
    .from(sessions)
    .where(
      and(
        isNull(sessions.parentId),
        ne(sessions.status, "ended"),
        lt(sessions.lastActivityAt, since),
        or(gt(sessions.nodeId, after.nodeId), and(eq(sessions.nodeId, after.nodeId), gt(sessions.id, after.id))),
      ),
    )
    .orderBy(sessions.nodeId, sessions.id)
    .limit(limit)
    .all();
  return sound(store, "sessions", rows);
}

/** What was held at a time. */
export function holdsStandingAt(store: SupervisorStore, at: number): HoldRow[] {
  return store.sqlite.orm
    .select()
    .from(holds)
    .where(and(lte(holds.createdAt, at), or(isNull(holds.releasedAt), gt(holds.releasedAt, at))))
    .all();
}

/** What paused policies at a time. */
export function pausesStandingAt(store: SupervisorStore, at: number): PolicyPauseRow[] {
  return store.sqlite.orm
    .select()
    .from(policyPauses)
    .where(and(lte(policyPauses.createdAt, at), or(isNull(policyPauses.endedAt), gt(policyPauses.endedAt, at))))
    .all();
}

export async function pauseById(store: SupervisorStore, id: string): Promise<PolicyPauseRow | undefined> {
  return store.sqlite.orm.select().from(policyPauses).where(eq(policyPauses.id, id)).get();
}
