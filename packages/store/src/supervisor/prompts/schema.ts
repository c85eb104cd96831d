import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** What people asked sessions, as long as it waits, and what became of it. */
export const prompts = sqliteTable(
  "prompts",
  {
    id: text().primaryKey(),
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    project: text().notNull(),
    text: text().notNull(),
    model: text(),
    agent: text(),
    /** the shape that its answer is to have */
    format: json(),
    /** that go with it, with their content */
    files: json(),
    delivery: text().$type<"queue" | "steer">().notNull(),
    /** given although the session waited for a person */
    anyway: integer({ mode: "boolean" }).notNull(),
    /** given while the session rested behind a turn that did not come to a good end: it needs no other turn before it */
    afterStop: integer("after_stop", { mode: "boolean" }).notNull(),
    /** the lowest is the next one of its session */
    position: integer().notNull(),
    actor: text().notNull(),
    state: text().$type<"pending" | "sent" | "cancelled" | "refused">().notNull(),
    /** what it was sent as last */
    commandId: text("command_id"),
    /** how often it was sent; an agent that was at work gives it back */
    attempts: integer().notNull(),
    /** one that was given back is not sent again before */
    retryAt: integer("retry_at").notNull(),
    /** why it is not sent any more */
    reason: text(),
    createdAt: integer("created_at").notNull(),
    changedAt: integer("changed_at").notNull(),
  },
  (table) => [
    index("prompts_pending")
      .on(table.nodeId, table.sessionId, table.position)
      .where(sql`${table.state} = 'pending'`),
    index("prompts_command").on(table.commandId),
    index("prompts_created").on(table.createdAt),
  ],
);

export type PromptRow = typeof prompts.$inferSelect & Marked;
