import { ACTIVE_STATUSES } from "@hal/protocol";
import { and, desc, inArray, isNull } from "drizzle-orm";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type SessionRow, sessions } from "./schema.ts";

/** Root sessions that are active, or whose last turn failed, as their nodes told; newest activity first. */
export async function unrestedSessions(store: SupervisorStore, limit: number): Promise<SessionRow[]> {
  const rows = store.sqlite.orm
    .select()
    .from(sessions)
    .where(and(inArray(sessions.status, [...ACTIVE_STATUSES, "error"]), isNull(sessions.parentId)))
    .orderBy(desc(sessions.lastActivityAt), sessions.id, sessions.nodeId)
    .limit(limit)
    .all();
  return sound(store, "sessions", rows);
}
