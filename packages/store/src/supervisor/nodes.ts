import { eq } from "drizzle-orm";
import type { SupervisorStore } from "./open.ts";
import type { NodeRow } from "./rows.ts";
import { nodes } from "./schema.ts";

export async function allNodes(store: SupervisorStore): Promise<NodeRow[]> {
  return store.sqlite.orm.select().from(nodes).orderBy(nodes.hostname, nodes.id).all();
}

export async function nodeById(store: SupervisorStore, id: string): Promise<NodeRow | undefined> {
  return store.sqlite.orm.select().from(nodes).where(eq(nodes.id, id)).get();
}
