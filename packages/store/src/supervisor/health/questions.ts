import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import { type SessionRow, sessions } from "../sessions/schema.ts";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type HealthRow, sessionHealth } from "./schema.ts";

/** What was told of how sessions get on, by `<node>/<id>`; those of which nothing was told are not in it. */
export async function healthOf(
  store: SupervisorStore,
  wanted: readonly Pick<SessionRow, "nodeId" | "id">[],
): Promise<ReadonlyMap<string, HealthRow>> {
  const keys = JSON.stringify(wanted.map(({ nodeId, id }) => [nodeId, id]));
  const rows = store.sqlite.orm
    .select()
    .from(sessionHealth)
    .where(
      sql`(${sessionHealth.nodeId}, ${sessionHealth.sessionId}) in (select value ->> 0, value ->> 1 from json_each(${keys}))`,
    )
    .all();
  return new Map(sound(store, "sessionHealth", rows).map((row) => [`${row.nodeId}/${row.sessionId}`, row]));
}

/** The sessions of which was told that nothing moves, or that they loop, each with the status that its node told. */
export async function troubledSessions(
  store: SupervisorStore,
): Promise<readonly { readonly health: HealthRow; readonly session: Pick<SessionRow, "status" | "project"> }[]> {
  const rows = store.sqlite.orm
    .select({ health: sessionHealth, status: sessions.status, project: sessions.project })
    .from(sessionHealth)
    .innerJoin(sessions, and(eq(sessions.nodeId, sessionHealth.nodeId), eq(sessions.id, sessionHealth.sessionId)))
    .where(or(isNotNull(sessionHealth.quietSince), isNotNull(sessionHealth.loopSince)))
    .all();
  return rows.map(({ health, status, project }) => ({
    health: sound(store, "sessionHealth", [health])[0] as HealthRow,
    session: { status, project },
  }));
}
