import type { Context as NodesContext } from "../nodes/context.ts";

/** What the event log's readers may use, and who they are. */
export interface Context extends NodesContext {
  /** how long a reader of events may take nothing before it is cut off */
  readonly readerMs: number;
}
