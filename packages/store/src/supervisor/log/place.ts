import { prepared } from "../../prepared.ts";
import type { WriterDatabase } from "../writer-database.ts";

/** Which outbox, and which life of it. */
export interface Outbox {
  readonly nodeId: string;
  readonly epoch: string;
}

const statements = prepared(({ sqlite: { driver } }: WriterDatabase) => ({
  read: driver.prepare<[string, string], number>("select seq from cursors where node_id = ? and epoch = ?").pluck(),
  move: driver.prepare<[string, string, number, string]>(
    `insert into cursors (node_id, epoch, seq, mark, instance) values (?, ?, ?, ?, '')
     on conflict (node_id, epoch) do update set seq = excluded.seq, mark = excluded.mark`,
  ),
}));

/** Up to where an outbox is in the log; 0 where nothing of it is. */
export function committedSeq(db: WriterDatabase, { nodeId, epoch }: Outbox): number {
  return statements(db).read.get(nodeId, epoch) ?? 0;
}

/** Records that it is up to here, in the transaction that appends. */
export function moveCursor(db: WriterDatabase, { nodeId, epoch }: Outbox, seq: number, mark: string): void {
  statements(db).move.run(nodeId, epoch, seq, mark);
}
