import type { TurnAtRest } from "@hal/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** How the newest turn of a session stands: as `session.idle` says it, failed, or with nobody who has told of it. */
export type TurnStands = TurnAtRest | "interrupted" | "failed" | "untold";

export const sessions = sqliteTable(
  "sessions",
  {
    nodeId: text("node_id").notNull(),
    id: text().notNull(),
    project: text().notNull(),
    parentId: text("parent_id"),
    title: text().notNull(),
    status: text().$type<"starting" | "busy" | "idle" | "waiting" | "retrying" | "error" | "ended">().notNull(),
    statusReason: text("status_reason").notNull(),
    statusSince: integer("status_since").notNull(),
    /** how its newest turn stands, where that is told: the same as the reason, which is for people, for whoever judges by it */
    turn: text().$type<TurnStands>(),
    model: text(),
    agent: text(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokens: json().notNull(),
    tokensTotal: integer("tokens_total").notNull(),
    compactions: integer().notNull(),
    external: integer({ mode: "boolean" }).notNull(),
    startedAt: integer("started_at").notNull(),
    lastActivityAt: integer("last_activity_at").notNull(),
    /** the message from which on somebody undid the conversation, for as long as it may be brought back */
    undoneFrom: text("undone_from"),
    /** the part of that message from which on; null where it is the whole message */
    undonePart: text("undone_part"),
    /** whose command gave it its newest prompt, of those whose outcome is known; null where none is */
    promptedBy: text("prompted_by"),
    /** the message of that prompt; null where it was begun without one */
    promptedWith: text("prompted_with"),
    /** the session that it goes on from, after a restart */
    continues: text(),
    /** the session that goes on from it */
    continuedBy: text("continued_by"),
    /** the git worktree of its own in which it works; null where it works in its project's directory */
    worktree: text(),
    /** what became of that once the session had ended, as it was told; null before */
    worktreeEnd: text("worktree_end").$type<"kept" | "removed">(),
    /** why it is kept */
    worktreeReason: text("worktree_reason"),
    /** the branch that has its commits, where one stays */
    worktreeBranch: text("worktree_branch"),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.id] }),
    index("sessions_newest").on(sql`${table.lastActivityAt} desc`, table.id),
    index("sessions_parent").on(table.nodeId, table.parentId),
    index("sessions_id").on(table.id),
  ],
);

export const messages = sqliteTable(
  "messages",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    id: text().notNull(),
    /** the event that told it last */
    eventId: integer("event_id").notNull(),
    role: text().notNull(),
    state: text().notNull(),
    createdAt: integer("created_at").notNull(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokensTotal: integer("tokens_total").notNull(),
    copied: integer({ mode: "boolean" }).notNull(),
    /** `session.message` data */
    data: json().notNull(),
    /** how much of it opencode took out of the conversation for good */
    removed: text().$type<"whole" | "part">(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionId, table.id] }),
    index("messages_order").on(table.nodeId, table.sessionId, table.createdAt, table.id),
  ],
);

export type SessionRow = typeof sessions.$inferSelect & Marked;
export type MessageRow = typeof messages.$inferSelect & Marked;

/** Why nobody knows what a session does that has moved to the node in its node's place. */
export const UNTOLD = "its agent lost its identity, and the new one has not told of it";
