import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Single facts about this database, such as the log id. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

/** What is committed of each life of a node's outbox. */
export const cursors = sqliteTable(
  "cursors",
  {
    nodeId: text("node_id").notNull(),
    epoch: text().notNull(),
    seq: integer().notNull(),
    /** the event at `seq`, so that a copy of the outbox that went another way is told apart (protocol §4.5) */
    mark: text().notNull().default(""),
    /** the run of the agent that was welcome last; an outbox that does not know it is an older copy */
    instance: text().notNull().default(""),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.epoch] })],
);

export const events = sqliteTable(
  "events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** null for the supervisor's own */
    nodeId: text("node_id"),
    epoch: text(),
    seq: integer(),
    sourceKey: text("source_key"),
    at: integer().notNull(),
    receivedAt: integer("received_at").notNull(),
    type: text().notNull(),
    project: text(),
    sessionId: text("session_id"),
    /** JSON text, handed on as it is */
    data: text().notNull(),
  },
  (table) => [
    // (node, epoch, seq) needs no index: the cursor, which moves in the same transaction, takes each place once
    uniqueIndex("events_source_key")
      .on(table.nodeId, table.sourceKey)
      .where(sql`${table.sourceKey} is not null`),
    // to an index two nulls are two nodes
    uniqueIndex("events_own_source_key")
      .on(table.sourceKey)
      .where(sql`${table.nodeId} is null and ${table.sourceKey} is not null`),
    index("events_session")
      .on(table.sessionId, table.id)
      .where(sql`${table.sessionId} is not null`),
    index("events_type").on(table.type, table.id),
  ],
);

/** An event as it is stored. */
export type StoredEvent = typeof events.$inferSelect;
/** An event as it is read: `content` is what its data says. */
export type EventRow = StoredEvent & { readonly content: unknown };
