import { asc, eq, isNull } from "drizzle-orm";
import type { SupervisorStore } from "../store.ts";
import { type HoldRow, holds } from "./schema.ts";

/** What is held now, oldest first. */
export async function standingHolds(store: Pick<SupervisorStore, "sqlite">): Promise<HoldRow[]> {
  return store.sqlite.orm
    .select()
    .from(holds)
    .where(isNull(holds.releasedAt))
    .orderBy(asc(holds.createdAt), asc(holds.id))
    .all();
}

export async function holdById(store: Pick<SupervisorStore, "sqlite">, id: string): Promise<HoldRow | undefined> {
  return store.sqlite.orm.select().from(holds).where(eq(holds.id, id)).get();
}
