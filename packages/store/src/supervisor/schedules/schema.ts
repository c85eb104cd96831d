import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Marked } from "../sound-rows.ts";

/** Schedules that were added by operations; those of the configuration are in no table. */
export const schedules = sqliteTable("schedules", {
  name: text().primaryKey(),
  cron: text().notNull(),
  timeZone: text("time_zone").notNull(),
  project: text().notNull(),
  /** null where only one node has the project */
  node: text(),
  prompt: text().notNull(),
  model: text(),
  agent: text(),
  missed: text().$type<"run_once" | "skip">().notNull(),
  /** a command line that has to end well on the node, and how long it may take */
  precondition: text(),
  preconditionMs: integer("precondition_ms").notNull().default(60_000),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
});

/** Up to when each schedule was looked at, the file's among them: times behind that are still to come. */
export const schedulePlaces = sqliteTable("schedule_places", {
  name: text().primaryKey(),
  /** cron and time zone by which that was; another one begins anew */
  rule: text().notNull(),
  since: integer().notNull(),
});

/** Each time that a schedule was to begin work, and what came of it. */
export const occasions = sqliteTable(
  "occasions",
  {
    id: text().primaryKey(),
    schedule: text().notNull(),
    /** null where somebody asked for it */
    dueAt: integer("due_at"),
    /** how many earlier times it stands for */
    missed: integer().notNull(),
    createdAt: integer("created_at").notNull(),
    actor: text().notNull(),
    project: text().notNull(),
    /** `due`: nothing was asked of a node yet; `starting`: its command has no outcome yet */
    state: text().$type<"due" | "starting" | "started" | "not_started">().notNull(),
    nodeId: text("node_id"),
    commandId: text("command_id"),
    sessionId: text("session_id"),
    /** why no session started, in one word and in a sentence */
    code: text(),
    reason: text(),
    closedAt: integer("closed_at"),
  },
  (table) => [
    uniqueIndex("occasions_due").on(table.schedule, table.dueAt),
    index("occasions_created").on(table.createdAt, table.id),
    index("occasions_of").on(table.schedule, table.createdAt, table.id),
    index("occasions_open")
      .on(table.createdAt)
      .where(sql`${table.closedAt} is null`),
  ],
);

export type ScheduleRow = typeof schedules.$inferSelect & Marked;
export type SchedulePlaceRow = typeof schedulePlaces.$inferSelect;
export type OccasionRow = typeof occasions.$inferSelect & Marked;
