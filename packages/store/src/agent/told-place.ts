import type { AgentStore } from "./open.ts";
import { type OutboxPosition, readPosition } from "./outbox.ts";
import { readTold } from "./told.ts";

/** The told table, and the place of the outbox that it belongs to: both of one moment. */
export async function toldAtItsPlace<State>(
  store: AgentStore,
): Promise<{ readonly place: OutboxPosition; readonly told: ReadonlyMap<string, State> }> {
  return store.sqlite.driver.transaction(() => ({ place: readPosition(store), told: readTold<State>(store) }))();
}
