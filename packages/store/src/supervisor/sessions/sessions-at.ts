import { and, eq, inArray } from "drizzle-orm";
import { sound } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type SessionRow, sessions } from "./schema.ts";

/** Sessions by their places, a few hundred at most; those that are not known are not among them. */
export async function sessionsAt(
  store: SupervisorStore,
  places: readonly Pick<SessionRow, "nodeId" | "id">[],
): Promise<SessionRow[]> {
  const byNode = Map.groupBy(places, ({ nodeId }) => nodeId);
  const rows = [...byNode].flatMap(([nodeId, wanted]) =>
    store.sqlite.orm
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.nodeId, nodeId),
          inArray(
            sessions.id,
            wanted.map(({ id }) => id),
          ),
        ),
      )
      .all(),
  );
  return sound(store, "sessions", rows);
}
