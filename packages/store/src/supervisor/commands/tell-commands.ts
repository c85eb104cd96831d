import { appendOwnEvents, type OwnEvent } from "../log/writes.ts";
import type { WriterDatabase } from "../writer-database.ts";
import type { CommandRow } from "./schema.ts";
import { forgetPrompts } from "./under-way.ts";

/** Tells of commands that the supervisor ended itself, and counts them as ended. */
export function tellCommands(
  db: WriterDatabase,
  rows: readonly CommandRow[],
  what: "expired" | "failed" | "cancelled",
  now: number,
): void {
  appendOwnEvents.within(
    db,
    rows.map((row) => aboutCommand(row, what, now)),
    now,
  );
  forgetPrompts(
    db,
    rows.map(({ id }) => id),
  );
  for (const { id, type, state, createdAt } of rows) db.appended.ended({ id, type, state, createdAt, endedAt: now });
}

/** What the log says of a command. */
export function aboutCommand(
  command: CommandRow,
  what: "queued" | "expired" | "failed" | "cancelled",
  at: number,
): OwnEvent {
  const about = {
    at,
    sourceKey: `command/${command.id}/${what === "queued" || what === "expired" ? what : "outcome"}`,
    project: command.project ?? undefined,
    session: command.sessionId ?? undefined,
  };
  const commandId = command.id;
  switch (what) {
    case "queued":
      return {
        nodeId: command.nodeId,
        event: { ...about, type: "command.queued", data: { commandId, type: command.type } },
      };
    case "expired":
      return { nodeId: command.nodeId, event: { ...about, type: "command.expired", data: { commandId } } };
    case "cancelled":
      return { nodeId: command.nodeId, event: { ...about, type: "command.cancelled", data: { commandId } } };
    case "failed":
      return {
        nodeId: command.nodeId,
        event: { ...about, type: "command.failed", data: { commandId, error: command.error as never } },
      };
    default:
      return what satisfies never;
  }
}
