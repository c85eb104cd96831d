import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
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
