import { type HalEvent, isFinal } from "@hal/protocol";
import type { CommandRow } from "./schema.ts";

/**
 * What a command is after its node told something about it. Pure. A command has one outcome: the first.
 * An outcome from another node than the one it was sent to says nothing.
 */
export function foldCommand(row: CommandRow, nodeId: string, event: HalEvent): CommandRow {
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

/** The command that an event is about, if it is about one. */
export function commandOf(event: HalEvent): string | undefined {
  switch (event.type) {
    case "command.running":
    case "command.succeeded":
    case "command.failed":
    case "command.cancelled":
      return event.data.commandId;
    default:
      return undefined;
  }
}
