import { eq } from "drizzle-orm";
import { forgetPrompts, underWayStatements } from "../commands/under-way.ts";
import { appendOwnEvents } from "../log/writes.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { prompts } from "./schema.ts";

/** What is told of prompts that changed nothing for too long, or that did after all. */
export interface StallTold {
  readonly commandId: string;
  /** undefined where a turn began after all */
  readonly reason: string | undefined;
}

/** Says in the log that prompts are stalled, or takes that back, once each. */
export const tellStalls = write("tellStalls", (db: WriterDatabase, told: readonly StallTold[], now: number): void => {
  for (const { commandId, reason } of told) {
    const row = underWayStatements(db).read([commandId]);
    if (row === undefined) continue;
    const about = { at: now, ...(row.sessionId === null ? {} : { session: row.sessionId }) };
    const promptId = db.orm.select().from(prompts).where(eq(prompts.commandId, commandId)).get()?.id;
    const named = { commandId, ...(promptId === undefined ? {} : { promptId }) };
    if (row.state === "coming" && reason !== undefined) {
      underWayStatements(db).write({ ...row, state: "stalled", reason });
      const event = { ...about, type: "prompt.stalled" as const, data: { ...named, reason } };
      appendOwnEvents.within(db, [{ nodeId: row.nodeId, event }], now);
    } else if (row.state === "begun" && reason === undefined) {
      forgetPrompts(db, [commandId]);
      appendOwnEvents.within(db, [{ nodeId: row.nodeId, event: { ...about, type: "prompt.begun", data: named } }], now);
    }
  }
});

/** Follows no more the commands that ended without a turn, by whoever ended them. */
export const forgetEndedPrompts = write("forgetEndedPrompts", (db: WriterDatabase, ids: readonly string[]): void =>
  forgetPrompts(db, ids),
);
