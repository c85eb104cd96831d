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

/** How far a node's outbox is committed in this epoch. */
export async function committedOf(store: SupervisorStore, nodeId: string, epoch: string): Promise<Committed> {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  const row = store.sqlite.orm.select({ seq: cursors.seq, mark: cursors.mark }).from(cursors).where(where).get();
  return row ?? { seq: 0, mark: "" };
}
