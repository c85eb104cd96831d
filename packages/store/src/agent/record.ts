import type { HalEvent } from "@hal/protocol";
import { inTransaction } from "../file/sqlite.ts";
import { type AgentStore, writeMeta } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";

/** What was told of a session, to be kept together with the events that told it. */
export interface ToldChange<State> {
  readonly sessionId: string;
  readonly state: State;
  readonly messages: readonly { readonly messageId: string; readonly hash: string }[];
}

/**
 * Appends events and moves the told table in one transaction, together with the run of opencode that its turns belong
 * to, if that is another one now (protocol §4.4).
 */
export async function record<State>(
  store: AgentStore,
  events: readonly HalEvent[],
  changes: readonly ToldChange<State>[],
  run?: { readonly is: string | undefined },
): Promise<void> {
  const { putTold, putToldMessage } = store.statements;
  inTransaction(store, () => {
    appendToOutbox(store, events);
    if (run !== undefined) writeMeta(store, "opencode_run", run.is ?? "");
    for (const { sessionId, state, messages } of changes) {
      putTold.run(sessionId, JSON.stringify(state));
      for (const { messageId, hash } of messages) putToldMessage.run(sessionId, messageId, hash);
    }
  });
}
