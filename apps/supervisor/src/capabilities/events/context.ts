import type { Context as NodesContext } from "../nodes/context.ts";
import type { Journal } from "./journal.ts";

/** What the event log's readers may use, and who they are. */
export interface Context extends NodesContext {
  /** how long a reader of events may take nothing before it is cut off */
  readonly readerMs: number;
  /** what an operator must hear of */
  readonly journal: Journal;
}
