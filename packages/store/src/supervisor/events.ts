import { and, asc, desc, eq, gt, gte, lt, max } from "drizzle-orm";
import type { SupervisorStore } from "./open.ts";
import type { EventRow } from "./rows.ts";
import { events } from "./schema.ts";

export interface EventFilter {
  readonly type?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly nodeId?: string | undefined;
}

function matching(filter: EventFilter) {
  return [
    filter.type === undefined ? undefined : eq(events.type, filter.type),
    filter.sessionId === undefined ? undefined : eq(events.sessionId, filter.sessionId),
    filter.nodeId === undefined ? undefined : eq(events.nodeId, filter.nodeId),
  ];
}

/** A page of events, newest first; `before` is an id, `since` a time on the supervisor's clock. */
export async function listEvents(
  store: SupervisorStore,
  filter: EventFilter & {
    readonly before?: number | undefined;
    readonly since?: number | undefined;
    readonly limit: number;
  },
): Promise<EventRow[]> {
  return store.sqlite.orm
    .select()
    .from(events)
    .where(
      and(
        ...matching(filter),
        filter.before === undefined ? undefined : lt(events.id, filter.before),
        filter.since === undefined ? undefined : gte(events.receivedAt, filter.since),
      ),
    )
    .orderBy(desc(events.id))
    .limit(filter.limit)
    .all();
}

/** What follows an id in the log, oldest first, and whether there may be more. */
export async function eventsAfter(store: SupervisorStore, after: number, limit: number): Promise<EventRow[]> {
  return store.sqlite.orm.select().from(events).where(gt(events.id, after)).orderBy(asc(events.id)).limit(limit).all();
}

/** The id of the newest event; 0 where the log is empty. */
export async function newestEventId(store: SupervisorStore): Promise<number> {
  return (
    store.sqlite.orm
      .select({ id: max(events.id) })
      .from(events)
      .get()?.id ?? 0
  );
}
