import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Tokens with a name and a role; of the secret its SHA-256 alone. */
export const tokens = sqliteTable("tokens", {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text().$type<"viewer" | "operator" | "admin" | "agent">().notNull(),
  secretHash: text("secret_hash").notNull().unique(),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  /** fingerprint of the token with which it was made; null where an earlier version did not note it */
  createdWith: text("created_with"),
  /** null where it is valid until it is revoked */
  expiresAt: integer("expires_at"),
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

/** Shared tokens that are, or were, in the configuration; of the secret its SHA-256 alone. The latest one is the current one. */
export const sharedTokens = sqliteTable("shared_tokens", {
  hash: text().primaryKey(),
  /** when it became the current one; ascends from one to the next */
  since: integer().notNull(),
  lastUsedAt: integer("last_used_at"),
  revokedAt: integer("revoked_at"),
});

export type SharedTokenRow = typeof sharedTokens.$inferSelect;
export type TokenRow = typeof tokens.$inferSelect;
