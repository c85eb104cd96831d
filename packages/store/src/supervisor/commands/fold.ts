import { type ErrorBody, type EventData, type HalEvent, isFinal } from "@hal/protocol";
import { foldOf } from "../fold.ts";
import { commandRows } from "./rows.ts";
import type { CommandRow } from "./schema.ts";

/** What a node says of the commands that it was sent, and which of them it ended. */
export const commandsFold = foldOf({
  name: "commands",
  events: ["command.running", "command.succeeded", "command.failed", "command.cancelled", "command.corrected"],
  fold(tx, { event }) {
    const rows = tx.of(commandRows);
    const before = rows.get(event.data.commandId);
    if (before === undefined) return;
    const after = foldCommand(before, tx.nodeId, event);
    if (after === before) return;
    rows.put(after);
    const { id, type, state, createdAt } = after;
    if (isFinal(state) && !isFinal(before.state))
      tx.db.appended.ended({ id, type, state, createdAt, endedAt: tx.receivedAt });
  },
});

/**
 * What a command is after its node told something about it. Pure. A command has one outcome: the first.
 * What is told from another node than the one it was sent to says nothing.
 */
export function foldCommand(row: CommandRow, nodeId: string, event: HalEvent): CommandRow {
  if (event.type === "command.corrected")
    return row.nodeId === nodeId && row.state === "failed" ? corrected(row, event.data) : row;
  if (row.nodeId !== nodeId || isFinal(row.state)) return row;
  switch (event.type) {
    case "command.running":
      return { ...row, state: "running" };
    case "command.succeeded":
      return { ...row, state: "succeeded", output: event.data.output ?? null, finishedAt: event.at };
    case "command.failed":
      return { ...row, state: "failed", error: event.data.error, finishedAt: event.at };
    case "command.cancelled":
      return { ...row, state: "cancelled", finishedAt: event.at };
    default:
      return row;
  }
}

/** It failed all the same; what is known of it now is more. */
function corrected(row: CommandRow, { sessionId, message }: EventData<"command.corrected">): CommandRow {
  return { ...row, sessionId, error: { ...(row.error as ErrorBody), message, details: { sessionId } } };
}
