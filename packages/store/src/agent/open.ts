import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { openSqlite, type OpenOptions, type Sqlite } from "../sqlite.ts";
import { meta } from "./schema.ts";

/** The agent's database: outbox, told table, executions. */
export interface AgentStore {
  readonly sqlite: Sqlite;
}

/** Opens the agent's database, creating it, with a new epoch, where there is none. */
export function openAgentStore(options: OpenOptions): AgentStore {
  const store = { sqlite: openSqlite(options) };
  if (readMeta(store, "epoch") === undefined) writeMeta(store, { epoch: newEpoch(), last_seq: "0", acked: "0" });
  return store;
}

export function newEpoch(): string {
  return randomUUID();
}

export function readMeta(store: AgentStore, key: string): string | undefined {
  return store.sqlite.orm.select().from(meta).where(eq(meta.key, key)).get()?.value;
}

export function writeMeta(store: AgentStore, values: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(values))
    store.sqlite.orm.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } }).run();
}
