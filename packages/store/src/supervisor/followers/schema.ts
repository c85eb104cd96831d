import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** How far each named follower of the event log is; a row for each that the program has. */
export const followers = sqliteTable("followers", {
  name: text().primaryKey(),
  /** everything up to this event is done */
  place: integer().notNull(),
  /** the life of the log in which that was noted */
  logId: text("log_id").notNull(),
  /** how often the first event behind the place that concerns it was tried in vain, and why it fails; null where it does not */
  attempts: integer().notNull(),
  problem: text(),
  failingSince: integer("failing_since"),
  updatedAt: integer("updated_at").notNull(),
});

/** Events that a follower was not able to do, and went on without; each took it a quarter of an hour. */
export const setAside = sqliteTable(
  "followers_set_aside",
  {
    follower: text().notNull(),
    eventId: integer("event_id").notNull(),
    reason: text().notNull(),
    attempts: integer().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.follower, table.eventId] })],
);

export type FollowerRow = typeof followers.$inferSelect;
export type SetAsideRow = typeof setAside.$inferSelect;
