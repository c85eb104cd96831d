import { asc } from "drizzle-orm";
import type { Orm, SupervisorStore } from "../store.ts";
import { type SharedTokenRow, sharedTokens, type TokenRow, tokens } from "./schema.ts";

/** All shared tokens that ever were in the configuration, oldest first. */
export async function listSharedTokens(store: Pick<SupervisorStore, "sqlite">): Promise<SharedTokenRow[]> {
  return sharedTokensByAge(store.sqlite.orm);
}

/** The same, for whoever writes. */
export function sharedTokensByAge(orm: Orm): SharedTokenRow[] {
  return orm.select().from(sharedTokens).orderBy(asc(sharedTokens.since), asc(sharedTokens.hash)).all();
}

/** All named tokens that ever were, oldest first. */
export async function listTokens(store: Pick<SupervisorStore, "sqlite">): Promise<TokenRow[]> {
  return store.sqlite.orm.select().from(tokens).orderBy(asc(tokens.createdAt), asc(tokens.id)).all();
}
