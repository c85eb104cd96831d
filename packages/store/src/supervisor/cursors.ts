import { and, eq } from "drizzle-orm";
import type { SupervisorStore } from "./open.ts";
import { cursors } from "./schema.ts";

/** What is committed of one life of a node's outbox. */
export interface Committed {
  /** up to and including; 0 where nothing is */
  readonly seq: number;
  /** the mark of the event there (protocol §4.5); empty where nothing is */
  readonly mark: string;
}

/** What is known of one life of a node's outbox. */
export interface KnownOutbox extends Committed {
  /** the run of the agent that was welcome last; empty where none was */
  readonly instance: string;
}

/** What is known of a node's outbox in this epoch. */
export async function committedOf(store: SupervisorStore, nodeId: string, epoch: string): Promise<KnownOutbox> {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  const columns = { seq: cursors.seq, mark: cursors.mark, instance: cursors.instance };
  return store.sqlite.orm.select(columns).from(cursors).where(where).get() ?? { seq: 0, mark: "", instance: "" };
}
