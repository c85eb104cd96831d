import type { HalEvent } from "@hal/protocol";
import { eq } from "drizzle-orm";
import { inTransaction } from "../sqlite.ts";
import type { AgentStore } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";
import { told, toldMessages } from "./schema.ts";

/** What was told of a session, to be kept together with the events that told it. */
export interface ToldChange<State> {
  readonly sessionId: string;
  readonly state: State;
  readonly messages: readonly { readonly messageId: string; readonly hash: string }[];
}

/** Appends events and moves the told table in one transaction (protocol §4.4). */
export async function record<State>(
  store: AgentStore,
  events: readonly HalEvent[],
  changes: readonly ToldChange<State>[],
): Promise<void> {
  const { putTold, putToldMessage } = store.statements;
  inTransaction(store, () => {
    appendToOutbox(store, events);
    for (const { sessionId, state, messages } of changes) {
      putTold.run(sessionId, JSON.stringify(state));
      for (const { messageId, hash } of messages) putToldMessage.run(sessionId, messageId, hash);
    }
  });
}

/** Everything that was told, by session. */
export async function allTold<State>(store: AgentStore): Promise<Map<string, State>> {
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
  inTransaction(store, () => {
    store.sqlite.orm.delete(toldMessages).run();
    store.sqlite.orm.delete(told).run();
  });
}
