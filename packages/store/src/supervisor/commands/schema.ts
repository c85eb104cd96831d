import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

export const commands = sqliteTable(
  "commands",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    nodeId: text("node_id").notNull(),
    project: text(),
    sessionId: text("session_id"),
    actor: text().notNull(),
    args: json().notNull(),
    state: text().$type<"queued" | "sent" | "running" | "succeeded" | "failed" | "cancelled" | "expired">().notNull(),
    output: json(),
    error: json(),
    createdAt: integer("created_at").notNull(),
    /** null where it waits until it is done or cancelled */
    deadlineAt: integer("deadline_at"),
    sentAt: integer("sent_at"),
    /** the life of the node's outbox in which it was sent: with that, its execution is lost, too (protocol §5.2) */
    sentEpoch: text("sent_epoch"),
    cancelRequestedAt: integer("cancel_requested_at"),
    /** hashes of the caller's idempotency key and of what was asked under it, for the node to keep (protocol §5.6) */
    keyHash: text("key_hash"),
    payloadHash: text("payload_hash"),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    index("commands_open")
      .on(table.nodeId, table.createdAt)
      .where(sql`${table.finishedAt} is null`),
    index("commands_created").on(table.createdAt),
    index("commands_session").on(table.sessionId, table.createdAt),
  ],
);

export type CommandRow = typeof commands.$inferSelect & Marked;

/** Commands that bring a prompt, until a turn was seen that may be the one. */
export const promptsUnderWay = sqliteTable(
  "prompts_under_way",
  {
    commandId: text("command_id").primaryKey(),
    nodeId: text("node_id").notNull(),
    /** null of a start whose session is not known yet */
    sessionId: text("session_id"),
    askedAt: integer("asked_at").notNull(),
    /** `stalled`: it was told that nothing came of it; `begun`: that is to be taken back */
    state: text().$type<"coming" | "stalled" | "begun">().notNull(),
    /** why it is stalled, as it was told */
    reason: text(),
  },
  (table) => [
    index("prompts_under_way_session").on(table.nodeId, table.sessionId),
    index("prompts_under_way_asked").on(table.state, table.askedAt),
  ],
);

export type PromptUnderWayRow = typeof promptsUnderWay.$inferSelect & Marked;
