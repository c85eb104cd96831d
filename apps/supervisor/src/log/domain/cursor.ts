import { HalError } from "@hal/protocol";

/** A place in the log as others may keep it. Protocol §4.6. */
export function formatCursor(logId: string, id: number): string {
  return `${logId}:${id}`;
}

/** The id that a cursor of this log names. */
export function parseCursor(logId: string, cursor: string): number {
  const match = /^([^:]+):(\d+)$/.exec(cursor);
  if (match === null) throw new HalError("bad_request", `not a cursor: ${cursor}; use one that an event brought`);
  if (match[1] !== logId)
    throw new HalError("cursor_lost", "this cursor belongs to another event log; start without one");
  return Number(match[2]);
}
