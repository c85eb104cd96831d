import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Standing rules that were set by operations; those of the configuration are in no table. */
export const rules = sqliteTable("rules", {
  id: text().primaryKey(),
  /** null where it is for all projects */
  project: text(),
  permission: text().notNull(),
  /** null where it is for whatever is asked */
  pattern: text(),
  reply: text().$type<"allow" | "deny" | "ask">().notNull(),
  reason: text(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
});

export type RuleRow = typeof rules.$inferSelect;
