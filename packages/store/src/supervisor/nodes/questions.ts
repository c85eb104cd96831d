import { eq, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { sound, soundOne } from "../sound-rows.ts";
import type { SupervisorStore } from "../store.ts";
import { type NodeRow, nodes } from "./schema.ts";

export async function allNodes(store: SupervisorStore): Promise<NodeRow[]> {
  return sound(store, "nodes", store.sqlite.orm.select().from(nodes).orderBy(nodes.hostname, nodes.id).all());
}

/** How many nodes came with a token first, by its fingerprint. */
export async function countEnrolledWith(store: SupervisorStore, credential: string): Promise<number> {
  return store.sqlite.orm.$count(nodes, eq(nodes.enrolledWith, credential));
}

const byId = prepared(({ sqlite }: SupervisorStore) =>
  sqlite.orm
    .select()
    .from(nodes)
    .where(eq(nodes.id, sql.placeholder("id")))
    .prepare(),
);

export async function nodeById(store: SupervisorStore, id: string): Promise<NodeRow | undefined> {
  return soundOne(store, "nodes", byId(store).get({ id }));
}
