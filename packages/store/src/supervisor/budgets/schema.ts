import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** Budgets that operations set; those of the configuration are in no table. */
export const budgets = sqliteTable("budgets", {
  /** scope and period: there is one of each */
  id: text().primaryKey(),
  scope: text().notNull(),
  period: text().$type<"day" | "week" | "month" | "total">().notNull(),
  limitMicroUsd: integer("limit_micro_usd").notNull(),
  /** shares of the limit */
  warnAt: json("warn_at").notNull(),
  action: text().$type<"alert" | "refuse" | "stop">().notNull(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  reason: text().notNull(),
});

/** Other limits than budgets were given, for a time, those of the configuration among them. */
export const budgetOverrides = sqliteTable("budget_overrides", {
  budgetId: text("budget_id").primaryKey(),
  /** null where there is no limit meanwhile */
  limitMicroUsd: integer("limit_micro_usd"),
  /** null until somebody takes it back */
  until: integer(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  reason: text().notNull(),
});

/** What was said of each budget in its span, so that it is said once; of a budget of each session by its session. */
export const budgetMarks = sqliteTable(
  "budget_marks",
  {
    budgetId: text("budget_id").notNull(),
    /** `<node>/<session>`; empty of a budget that is one for all */
    subject: text().notNull(),
    spanFrom: integer("span_from").notNull(),
    /** the greatest share that was warned of; 0 where none was */
    warned: integer("warned_per_mille").notNull(),
    reached: integer({ mode: "boolean" }).notNull(),
    /** how often it was reached in the span: it may be raised in between */
    times: integer().notNull(),
    changedAt: integer("changed_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.budgetId, table.subject] }),
    index("budget_marks_changed").on(table.changedAt),
  ],
);

/** What each node was told that it may spend, kept before it is told. */
export const leaseAccounts = sqliteTable("lease_accounts", {
  nodeId: text("node_id").primaryKey(),
  /** the life of the database in which it was written: in another one it may be too old */
  logId: text("log_id").notNull(),
  state: json().notNull(),
  changedAt: integer("changed_at").notNull(),
});

/** The root sessions whose turn was stopped for a budget, until another turn begins, and those that were exempt. */
export const budgetStops = sqliteTable(
  "budget_stops",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    budgetId: text("budget_id").notNull(),
    budget: text().notNull(),
    reason: text().notNull(),
    critical: integer({ mode: "boolean" }).notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.sessionId] })],
);

export type BudgetRow = typeof budgets.$inferSelect & Marked;
export type BudgetOverrideRow = typeof budgetOverrides.$inferSelect & Marked;
export type BudgetMarkRow = typeof budgetMarks.$inferSelect;
export type LeaseAccountRow = typeof leaseAccounts.$inferSelect;
export type BudgetStopRow = typeof budgetStops.$inferSelect;
