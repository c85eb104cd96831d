import { DROPPABLE_TYPES } from "@hal/protocol";
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What the type of an event is that gives way to a gap; another list of them is another index, and needs a migration. */
export const IS_DROPPABLE = `in (${DROPPABLE_TYPES.map((type) => `'${type}'`).join(", ")})`;

/** Single facts: the outbox's epoch, its highest seq, what is acknowledged. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

/** Events that no supervisor has acknowledged yet, and for a while those that one has: it may lose them (protocol §4.6). */
export const outbox = sqliteTable(
  "outbox",
  {
    seq: integer().primaryKey(),
    at: integer().notNull(),
    type: text().notNull(),
    sourceKey: text("source_key"),
    project: text(),
    sessionId: text("session_id"),
    /** JSON text */
    data: text().notNull(),
  },
  (table) => [
    index("outbox_droppable")
      .on(table.seq)
      .where(sql`${table.type} ${sql.raw(IS_DROPPABLE)}`),
  ],
);

/** What was told of each session (protocol §4.4); also of those that are none of ours, so that history skips them. */
export const told = sqliteTable("told", {
  sessionId: text("session_id").primaryKey(),
  /** JSON of the domain's saved state */
  state: text({ mode: "json" }).notNull(),
});

/** Which content of which message was told. */
export const toldMessages = sqliteTable(
  "told_messages",
  {
    sessionId: text("session_id").notNull(),
    messageId: text("message_id").notNull(),
    hash: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.messageId] })],
);

/** What this agent holds: it does nothing there that begins work (protocol §5.12). */
export const holds = sqliteTable("holds", {
  id: text().primaryKey(),
  scope: text().$type<"fleet" | "node">().notNull(),
  /** null where it is of all projects */
  project: text(),
  since: integer().notNull(),
  by: text().notNull(),
});

/** The rules by which this agent answers requests for permission (protocol §5.13). */
export const rules = sqliteTable("rules", {
  place: integer().primaryKey(),
  /** JSON text */
  rule: text().notNull(),
});

/** What is remembered of the progress file of each project (protocol §4.12). */
export const progress = sqliteTable(
  "progress",
  {
    project: text().notNull(),
    directory: text().notNull(),
    /** JSON text, in the words of whoever remembers */
    memory: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.directory] })],
);

/** Commands that this agent began (protocol §5.2). */
export const executions = sqliteTable(
  "executions",
  {
    commandId: text("command_id").primaryKey(),
    type: text().notNull(),
    args: text({ mode: "json" }).notNull(),
    state: text().$type<"running" | "succeeded" | "failed" | "cancelled">().notNull(),
    /** chosen before posting, so that a crash around the POST can be looked up */
    messageId: text("message_id"),
    /** the run of opencode that it was posted to */
    run: text(),
    /** JSON of how far a command of several steps has come, in the words of whoever does it */
    progress: text({ mode: "json" }),
    /** hashes of the caller's idempotency key and of what was asked under it (protocol §5.6) */
    keyHash: text("key_hash"),
    payloadHash: text("payload_hash"),
    output: text({ mode: "json" }),
    error: text({ mode: "json" }),
    startedAt: integer("started_at").notNull(),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    index("executions_finished").on(table.finishedAt),
    index("executions_key")
      .on(table.keyHash)
      .where(sql`${table.keyHash} is not null`),
  ],
);

/** What was spent since the counters began, in nano-dollars (protocol §5.23). A counter never falls. */
export const spent = sqliteTable(
  "spent",
  {
    kind: text().$type<"node" | "project" | "session">().notNull(),
    /** the project's name, or the root session with all below it; empty of the node */
    id: text().notNull(),
    nanoUsd: integer("nano_usd").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.id] })],
);

/** What each message was counted for, so that one that is told again adds nothing. */
export const counted = sqliteTable(
  "counted",
  {
    sessionId: text("session_id").notNull(),
    messageId: text("message_id").notNull(),
    nanoUsd: integer("nano_usd").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.messageId] })],
);

/** Of a session that rested for long: a message that is not newer than this counts no more. */
export const countedUpTo = sqliteTable("counted_up_to", {
  sessionId: text("session_id").primaryKey(),
  createdAt: integer("created_at").notNull(),
});

/** The ceiling at which a root session was told to be stopped last, for each budget. */
export const toldStops = sqliteTable(
  "told_stops",
  {
    sessionId: text("session_id").notNull(),
    budgetId: text("budget_id").notNull(),
    /** the life of the counters, and the ceiling */
    at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.budgetId] })],
);
