import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** What was told last of how a session gets on. */
export const sessionHealth = sqliteTable(
  "session_health",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    /** since when nothing moves, on the supervisor's clock and never longer than is known; null where something does */
    quietSince: integer("quiet_since"),
    /** the same of a loop */
    loopSince: integer("loop_since"),
    /** `session.health` data */
    data: json().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionId] }),
    index("session_health_marked")
      .on(table.nodeId)
      .where(sql`${table.quietSince} is not null or ${table.loopSince} is not null`),
  ],
);

export type HealthRow = typeof sessionHealth.$inferSelect & Marked;
