import type { EventData, EventView } from "@hal/protocol";
import type { EventRow } from "@hal/store/supervisor";
import { time } from "../domain/time.ts";
import { formatCursor } from "./domain/cursor.ts";

/** An event as people and programs see it. */
export function eventView(logId: string, row: EventRow): EventView {
  return {
    id: row.id,
    cursor: formatCursor(logId, row.id),
    node_id: row.nodeId,
    project: row.project,
    session_id: row.sessionId,
    type: row.type,
    data: row.content,
    timestamp: time(row.at),
    received_at: time(row.receivedAt),
  };
}

/** Says to a follower that comes from far behind that some of what it asks for is not kept any more. */
export function prunedGapView(
  logId: string,
  { after, upTo, now }: { readonly after: number; readonly upTo: number; readonly now: number },
): EventView {
  const data: EventData<"gap"> = { from: after + 1, to: upTo, reason: "pruned" };
  return {
    id: after,
    cursor: formatCursor(logId, after),
    node_id: null,
    project: null,
    session_id: null,
    type: "gap",
    data,
    timestamp: time(now),
    received_at: time(now),
  };
}
