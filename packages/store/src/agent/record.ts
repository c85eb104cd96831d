import type { HalEvent } from "@hal/protocol";
import { inTransaction } from "../file/sqlite.ts";
import { type AgentStore, writeMeta } from "./open.ts";
import { appendToOutbox } from "./outbox.ts";
import { countShares, type MessageShare } from "./spending.ts";

/** What was told of a session, to be kept together with the events that told it. */
export interface ToldChange<State> {
  readonly sessionId: string;
  readonly state: State;
  readonly messages: readonly { readonly messageId: string; readonly hash: string }[];
}

/** What goes to the disk beside the events of sessions and what is kept of that. */
export interface RecordedBeside {
  /** the run of opencode that turns belong to, if that is another one now */
  readonly run?: { readonly is: string | undefined } | undefined;
  /** what the messages among the events cost */
  readonly shares?: readonly MessageShare[] | undefined;
}

/**
 * Appends events and moves the told table and the counters of what was spent in one transaction, together with the run of
 * opencode that its turns belong to (protocol §4.4, §5.23).
 */
export async function record<State>(
  store: AgentStore,
  events: readonly HalEvent[],
  changes: readonly ToldChange<State>[],
  { run, shares = [] }: RecordedBeside = {},
): Promise<void> {
  const { putTold, putToldMessage } = store.statements;
  inTransaction(store, () => {
    appendToOutbox(store, events);
    countShares(store, shares);
    if (run !== undefined) writeMeta(store, "opencode_run", run.is ?? "");
    for (const { sessionId, state, messages } of changes) {
      putTold.run(sessionId, JSON.stringify(state));
      for (const { messageId, hash } of messages) putToldMessage.run(sessionId, messageId, hash);
    }
  });
}
