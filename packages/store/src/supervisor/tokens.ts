import { asc } from "drizzle-orm";
import type { SupervisorStore } from "./open.ts";
import type { TokenRow } from "./rows.ts";
import { tokens } from "./schema.ts";

/** All named tokens that ever were, oldest first. */
export async function listTokens(store: Pick<SupervisorStore, "sqlite">): Promise<TokenRow[]> {
  return store.sqlite.orm.select().from(tokens).orderBy(asc(tokens.createdAt), asc(tokens.id)).all();
}
