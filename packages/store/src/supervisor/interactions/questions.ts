import { and, count, desc, eq, gte, inArray, lt, lte, or, sql } from "drizzle-orm";
import { beginsWith } from "../begins-with.ts";
import { sound } from "../sound-rows.ts";
import type { RowPlace, SupervisorStore } from "../store.ts";
import { type InteractionRow, interactions } from "./schema.ts";

export interface InteractionFilter {
  readonly state?: InteractionRow["state"] | undefined;
  /** of a root and of what is below it */
  readonly session?: { readonly nodeId: string; readonly id: string } | undefined;
  /** only what comes behind this one */
  readonly after?: RowPlace | undefined;
  readonly limit: number;
}

/** Interactions, newest first. */
export async function listInteractions(store: SupervisorStore, filter: InteractionFilter): Promise<InteractionRow[]> {
  return sound(
    store,
    "interactions",
    store.sqlite.orm
      .select()
      .from(interactions)
      .where(
        and(
          filter.state === undefined ? undefined : eq(interactions.state, filter.state),
          filter.session && eq(interactions.nodeId, filter.session.nodeId),
          filter.session && eq(interactions.rootSessionId, filter.session.id),
          filter.after === undefined ? undefined : behind(filter.after),
        ),
      )
      .orderBy(desc(interactions.askedAt), desc(interactions.id), desc(interactions.nodeId))
      .limit(filter.limit)
      .all(),
  );
}

function behind({ at, id, nodeId }: RowPlace) {
  return and(
    lte(interactions.askedAt, at),
    or(
      lt(interactions.askedAt, at),
      lt(interactions.id, id),
      and(eq(interactions.id, id), lt(interactions.nodeId, nodeId)),
    ),
  );
}

/** Interactions whose id begins so, on one node or any, a few of them. */
export async function interactionsByPrefix(
  store: SupervisorStore,
  prefix: string,
  nodeId?: string,
): Promise<InteractionRow[]> {
  const found = store.sqlite.orm
    .select()
    .from(interactions)
    .where(and(beginsWith(interactions.id, prefix), nodeId === undefined ? undefined : eq(interactions.nodeId, nodeId)))
    .orderBy(interactions.id, interactions.nodeId)
    .limit(20)
    .all();
  const exact = found.filter((row) => row.id === prefix);
  return exact.length > 0 ? exact : found;
}

/** Permissions on some nodes of which it was known before a time that they wait, oldest first. */
export async function permissionsOpenSince(
  store: SupervisorStore,
  { nodeIds, before, limit }: { readonly nodeIds: readonly string[]; readonly before: number; readonly limit: number },
): Promise<InteractionRow[]> {
  return sound(
    store,
    "interactions",
    store.sqlite.orm
      .select()
      .from(interactions)
      .where(
        and(
          eq(interactions.state, "open"),
          eq(interactions.kind, "permission"),
          inArray(interactions.nodeId, [...nodeIds]),
          lte(sql`coalesce(${interactions.seenAt}, ${interactions.askedAt})`, before),
        ),
      )
      .orderBy(interactions.askedAt, interactions.id)
      .limit(limit)
      .all(),
  );
}

/** What waits for a person on some nodes, oldest first. */
export async function openInteractionsOn(
  store: SupervisorStore,
  nodeIds: readonly string[],
): Promise<InteractionRow[]> {
  return sound(
    store,
    "interactions",
    store.sqlite.orm
      .select()
      .from(interactions)
      .where(and(eq(interactions.state, "open"), inArray(interactions.nodeId, [...nodeIds])))
      .orderBy(interactions.askedAt, interactions.id)
      .all(),
  );
}

export async function countOpenInteractions(store: SupervisorStore): Promise<number> {
  return store.sqlite.orm.select({ n: count() }).from(interactions).where(eq(interactions.state, "open")).get()?.n ?? 0;
}

/** What a session, or one below it, asked and what was answered, or ended, at or after a time; oldest first, 20 at most. */
export async function answeredSince(
  store: SupervisorStore,
  { nodeId, id }: { readonly nodeId: string; readonly id: string },
  since: number,
): Promise<InteractionRow[]> {
  const rows = store.sqlite.orm
    .select()
    .from(interactions)
    .where(
      and(
        eq(interactions.nodeId, nodeId),
        or(eq(interactions.sessionId, id), eq(interactions.rootSessionId, id)),
        gte(interactions.closedAt, since),
      ),
    )
    .orderBy(desc(interactions.closedAt))
    .limit(20)
    .all();
  return sound(store, "interactions", rows.toReversed());
}
