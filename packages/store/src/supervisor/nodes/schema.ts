import { sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

export const nodes = sqliteTable("nodes", {
  id: text().primaryKey(),
  hostname: text().notNull(),
  name: text().notNull(),
  labels: json().notNull(),
  version: text().notNull(),
  os: text().notNull(),
  arch: text().notNull(),
  /** SHA-256 of the secret by which the node proves itself */
  secretHash: text("secret_hash").notNull(),
  /** false until the node showed the secret, or spoke after it got it: it may have died before it kept it */
  secretConfirmed: integer("secret_confirmed", { mode: "boolean" }).notNull(),
  /** since when it is this secret; null where an earlier version made it at the node's first hello */
  secretMintedAt: integer("secret_minted_at"),
  /** last known reports, kept for the screen while the node is away */
  projects: json().notNull(),
  opencode: json().notNull(),
  resources: json(),
  /** what its agent said that it understands */
  features: json()
    .notNull()
    .default(sql`'[]'`),
  firstSeenAt: integer("first_seen_at").notNull(),
  connectedAt: integer("connected_at"),
  lastHeartbeatAt: integer("last_heartbeat_at"),
  /** null while connected */
  disconnectedAt: integer("disconnected_at"),
  disconnectReason: text("disconnect_reason"),
  /** fingerprint of the token that its agent comes with, or keeps for the next time; null where that is not known */
  credential: text(),
  /** fingerprint of the token with which the node came first; null where an earlier version did not note it */
  enrolledWith: text("enrolled_with"),
  /** the address from which its agent came last */
  address: text(),
});

export type NodeRow = typeof nodes.$inferSelect & Marked;
