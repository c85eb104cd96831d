import { eq } from "drizzle-orm";
import { inTransaction } from "../file/sqlite.ts";
import type { AgentStore } from "./open.ts";
import { told, toldMessages } from "./schema.ts";

/** Everything that was told, by session. */
export async function allTold<State>(store: AgentStore): Promise<Map<string, State>> {
  return readTold(store);
}

/** The same inside the caller's transaction. */
export function readTold<State>(store: AgentStore): Map<string, State> {
  const rows = store.sqlite.orm.select().from(told).all();
  return new Map(rows.map((row) => [row.sessionId, row.state as State]));
}

/** The content hashes of the messages that were told of a session. */
export async function toldMessagesOf(store: AgentStore, sessionId: string): Promise<Map<string, string>> {
  const rows = store.sqlite.orm.select().from(toldMessages).where(eq(toldMessages.sessionId, sessionId)).all();
  return new Map(rows.map((row) => [row.messageId, row.hash]));
}

/** Forgets what was told, so that all of it is told again; the log drops what it has (protocol §4.6). */
export async function forgetTold(store: AgentStore): Promise<void> {
  inTransaction(store, () => deleteTold(store));
}

/** The same inside the caller's transaction. */
export function deleteTold(store: AgentStore): void {
  store.sqlite.orm.delete(toldMessages).run();
  store.sqlite.orm.delete(told).run();
}
