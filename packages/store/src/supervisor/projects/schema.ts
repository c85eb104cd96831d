import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Marked } from "../sound-rows.ts";

/** How the task of each project stands of which somebody said so: its progress file, or a person. */
export const projectTasks = sqliteTable("project_tasks", {
  project: text().primaryKey(),
  state: text().$type<"open" | "completed">().notNull(),
  /** the event that said so */
  eventId: integer("event_id").notNull(),
  /** when, on the supervisor's clock */
  since: integer().notNull(),
  /** `file`, or the actor who said so */
  by: text().notNull(),
  /** whose file it is; null where a person said so */
  nodeId: text("node_id"),
  /** the session that worked there while the file was written, where it was one alone */
  sessionId: text("session_id"),
  title: text(),
});

export type ProjectTaskRow = typeof projectTasks.$inferSelect & Marked;

/** What became of each project whose turn it was because one that it depends on was completed. */
export const projectStarts = sqliteTable(
  "project_starts",
  {
    project: text().notNull(),
    /** the event by which the other one was completed */
    eventId: integer("event_id").notNull(),
    /** the project that was completed */
    upstream: text().notNull(),
    at: integer().notNull(),
    /** what was asked of a node; null where nothing was */
    commandId: text("command_id"),
    /** why it was not started, in one word and in a sentence; null where it was, or where that is not known yet */
    code: text(),
    reason: text(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.eventId] }),
    index("project_starts_command").on(table.commandId),
  ],
);

export type ProjectStartRow = typeof projectStarts.$inferSelect & Marked;

/** Sessions that were at a task when somebody said that it is completed: each rests until a person prompts it again. */
export const completedSessions = sqliteTable(
  "completed_sessions",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    project: text().notNull(),
    /** `file`, or the actor who said so */
    by: text().notNull(),
    /** what was prompted later, on the node's clock, is another task */
    upTo: integer("up_to").notNull(),
    /** the session that it goes on from, after a restart that no person asked for: that one was at the task */
    continues: text(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionId] }),
    index("completed_sessions_project").on(table.project),
  ],
);

export type CompletedSessionRow = typeof completedSessions.$inferSelect;
