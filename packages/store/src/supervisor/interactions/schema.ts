import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

export const interactions = sqliteTable(
  "interactions",
  {
    nodeId: text("node_id").notNull(),
    id: text().notNull(),
    sessionId: text("session_id").notNull(),
    rootSessionId: text("root_session_id").notNull(),
    project: text().notNull(),
    kind: text().$type<"permission" | "question">().notNull(),
    state: text().$type<"open" | "answered" | "expired">().notNull(),
    stateReason: text("state_reason").notNull(),
    reply: text(),
    answeredBy: text("answered_by"),
    askedAt: integer("asked_at").notNull(),
    closedAt: integer("closed_at"),
    /** since when it is known here that it waits, on the supervisor's clock; null where that was before it was kept */
    seenAt: integer("seen_at"),
    /** the standing rule by which its node answered, as it was told */
    rule: json(),
    /** `interaction.asked` data */
    data: json().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.id] }),
    index("interactions_state").on(table.state, table.askedAt),
    index("interactions_session").on(table.nodeId, table.sessionId),
    index("interactions_id").on(table.id),
  ],
);

export type InteractionRow = typeof interactions.$inferSelect & Marked;
