import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Where nothing may begin until it is released; released ones stay, so that no node brings one back. */
export const holds = sqliteTable("holds", {
  id: text().primaryKey(),
  /** null where it is of the whole fleet */
  nodeId: text("node_id"),
  /** null where it is of all projects */
  project: text(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  releasedAt: integer("released_at"),
  releasedBy: text("released_by"),
  /** the release that did it, so that one that is asked twice answers the same */
  releaseId: text("release_id"),
});

export type HoldRow = typeof holds.$inferSelect;
