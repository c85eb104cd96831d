import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What a caller's key stands for; scoped to the actor. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    actor: text().notNull(),
    key: text().notNull(),
    payloadHash: text("payload_hash").notNull(),
    /** the command, or whatever else it made */
    commandId: text("command_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.actor, table.key] })],
);
