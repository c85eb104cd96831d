import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What an actor noted of an item of the inbox, the newest note of each. */
export const inboxNotes = sqliteTable(
  "inbox_notes",
  {
    actor: text().notNull(),
    /** empty where it is about no node, as what did not start */
    nodeId: text("node_id").notNull(),
    about: text().$type<"interaction" | "session" | "schedule" | "project" | "budget">().notNull(),
    itemId: text("item_id").notNull(),
    /** the root session to which the item belongs */
    sessionId: text("session_id").notNull(),
    kind: text().$type<"snoozed" | "acknowledged">().notNull(),
    /** for which time of all the note was meant: another one is shown again */
    footing: text().notNull(),
    /** null where it counts until the item moves */
    until: integer(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.actor, table.nodeId, table.about, table.itemId] }),
    index("inbox_notes_session").on(table.nodeId, table.sessionId),
  ],
);

/** Up to when each actor has seen what finished. */
export const inboxLooks = sqliteTable("inbox_looks", {
  actor: text().primaryKey(),
  at: integer().notNull(),
});

export type InboxNoteRow = typeof inboxNotes.$inferSelect;
