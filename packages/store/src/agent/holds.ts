import type { HoldBrief } from "@hal/protocol";
import { asc } from "drizzle-orm";
import { inTransaction } from "../file/sqlite.ts";
import type { AgentStore } from "./open.ts";
import { holds } from "./schema.ts";

/** What is held, oldest first. */
export async function keptHolds(store: AgentStore): Promise<HoldBrief[]> {
  const rows = store.sqlite.orm.select().from(holds).orderBy(asc(holds.since), asc(holds.id)).all();
  return rows.map(({ project, ...hold }) => (project === null ? hold : { ...hold, project }));
}

/** From now on these are held, and no others. */
export async function keepHolds(store: AgentStore, held: readonly HoldBrief[]): Promise<void> {
  inTransaction(store, () => {
    store.sqlite.orm.delete(holds).run();
    for (const { id, scope, project = null, since, by } of held)
      store.sqlite.orm.insert(holds).values({ id, scope, project, since, by }).onConflictDoNothing().run();
  });
}
