import type { SqliteInUse, Sqlite } from "../file/sqlite.ts";
import type { UnreadableRows } from "./sound-rows.ts";
import type { Writer } from "./writer/writer.ts";

/** The supervisor's database: one connection that everybody reads, one writer that everything goes through. */
export interface SupervisorStore {
  readonly sqlite: SqliteInUse;
  readonly writer: Writer;
  /** names this life of the event log; cursors of another are refused */
  logId: string;
  /** hears of each row that could not be shown as it is */
  readonly unreadable: UnreadableRows;
  /** waits for what is being written, and closes */
  close(): Promise<void>;
}

/** What a question is asked of. */
export type Orm = Sqlite["orm"];

/** Where a page of a list ended that is sorted by a time, then by id and node. */
export interface RowPlace {
  readonly at: number;
  readonly id: string;
  readonly nodeId: string;
}
