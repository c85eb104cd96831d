import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What the assistant's messages of a day cost, kept as they are told; pruning takes nothing from it. */
export const spentDays = sqliteTable(
  "spent_days",
  {
    /** days since 1970 in UTC */
    day: integer().notNull(),
    project: text().notNull(),
    /** `provider/model`; empty where opencode named none */
    model: text().notNull(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokens: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.project, table.model] })],
);

/**
 * What each of those messages is told to cost, whichever node tells of it: opencode's ids are its own in all the world, and a node
 * that lost its identity, or got a copy of another one's opencode, tells the same messages. Those of days that are closed are forgotten.
 */
export const spentMessages = sqliteTable(
  "spent_messages",
  {
    sessionId: text("session_id").notNull(),
    id: text().notNull(),
    /** where `spent_days` has it */
    day: integer().notNull(),
    project: text().notNull(),
    model: text().notNull(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokens: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.id] })],
);

/** The last day on which each session spent something. */
export const spentSessions = sqliteTable(
  "spent_sessions",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    day: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.sessionId] }), index("spent_sessions_day").on(table.day)],
);
