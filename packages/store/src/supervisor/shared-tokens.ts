import { asc } from "drizzle-orm";
import type { Orm, SupervisorStore } from "./open.ts";
import type { SharedTokenRow } from "./rows.ts";
import { sharedTokens } from "./schema.ts";

/** All shared tokens that ever were in the configuration, oldest first. */
export async function listSharedTokens(store: Pick<SupervisorStore, "sqlite">): Promise<SharedTokenRow[]> {
  return sharedTokensByAge(store.sqlite.orm);
}

/** The same, for whoever writes. */
export function sharedTokensByAge(orm: Orm): SharedTokenRow[] {
  return orm.select().from(sharedTokens).orderBy(asc(sharedTokens.since), asc(sharedTokens.hash)).all();
}
