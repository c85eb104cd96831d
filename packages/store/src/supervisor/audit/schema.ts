import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** Who did what, or was refused. Its name and its `timestamp`, sortable text in UTC, are the deployment guide's. */
export const auditLogs = sqliteTable(
  "audit_logs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    timestamp: text().notNull(),
    actor: text().notNull(),
    role: text(),
    action: text().notNull(),
    target: text(),
    args: json().notNull(),
    result: text().$type<"begun" | "ok" | "refused" | "failed">().notNull(),
    reason: text(),
    durationMs: integer("duration_ms"),
    surface: text().notNull(),
    ip: text(),
  },
  (table) => [index("audit_logs_timestamp").on(table.timestamp)],
);

export type AuditRow = typeof auditLogs.$inferSelect & Marked;
