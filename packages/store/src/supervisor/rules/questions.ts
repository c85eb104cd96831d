import { asc } from "drizzle-orm";
import type { SupervisorStore } from "../store.ts";
import { type RuleRow, rules } from "./schema.ts";

/** The standing rules that operations set, oldest first. */
export async function listRules(store: Pick<SupervisorStore, "sqlite">): Promise<RuleRow[]> {
  return store.sqlite.orm.select().from(rules).orderBy(asc(rules.createdAt), asc(rules.id)).all();
}
