import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { json } from "./json-column.ts";

/** Times are milliseconds since 1970, money is micro-dollars; `json` columns hold what `@hal/protocol` describes. */

/** Single facts about this database, such as the log id. */
export const meta = sqliteTable("meta", { key: text().primaryKey(), value: text().notNull() });

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

/** What is committed of each life of a node's outbox. */
export const cursors = sqliteTable(
  "cursors",
  {
    nodeId: text("node_id").notNull(),
    epoch: text().notNull(),
    seq: integer().notNull(),
    /** the event at `seq`, so that a copy of the outbox that went another way is told apart (protocol §4.5) */
    mark: text().notNull().default(""),
    /** the run of the agent that was welcome last; an outbox that does not know it is an older copy */
    instance: text().notNull().default(""),
  },
  (table) => [primaryKey({ columns: [table.nodeId, table.epoch] })],
);

export const events = sqliteTable(
  "events",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** null for the supervisor's own */
    nodeId: text("node_id"),
    epoch: text(),
    seq: integer(),
    sourceKey: text("source_key"),
    at: integer().notNull(),
    receivedAt: integer("received_at").notNull(),
    type: text().notNull(),
    project: text(),
    sessionId: text("session_id"),
    /** JSON text, handed on as it is */
    data: text().notNull(),
  },
  (table) => [
    // (node, epoch, seq) needs no index: the cursor, which moves in the same transaction, takes each place once
    uniqueIndex("events_source_key")
      .on(table.nodeId, table.sourceKey)
      .where(sql`${table.sourceKey} is not null`),
    index("events_session")
      .on(table.sessionId, table.id)
      .where(sql`${table.sessionId} is not null`),
    index("events_type").on(table.type, table.id),
  ],
);

export const sessions = sqliteTable(
  "sessions",
  {
    nodeId: text("node_id").notNull(),
    id: text().notNull(),
    project: text().notNull(),
    parentId: text("parent_id"),
    title: text().notNull(),
    status: text().$type<"starting" | "busy" | "idle" | "waiting" | "retrying" | "error" | "ended">().notNull(),
    statusReason: text("status_reason").notNull(),
    statusSince: integer("status_since").notNull(),
    model: text(),
    agent: text(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokens: json().notNull(),
    tokensTotal: integer("tokens_total").notNull(),
    compactions: integer().notNull(),
    external: integer({ mode: "boolean" }).notNull(),
    startedAt: integer("started_at").notNull(),
    lastActivityAt: integer("last_activity_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.id] }),
    index("sessions_newest").on(sql`${table.lastActivityAt} desc`, table.id),
    index("sessions_parent").on(table.nodeId, table.parentId),
    index("sessions_id").on(table.id),
  ],
);

export const messages = sqliteTable(
  "messages",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    id: text().notNull(),
    /** the event that told it last */
    eventId: integer("event_id").notNull(),
    role: text().notNull(),
    state: text().notNull(),
    createdAt: integer("created_at").notNull(),
    costMicroUsd: integer("cost_micro_usd").notNull(),
    tokensTotal: integer("tokens_total").notNull(),
    copied: integer({ mode: "boolean" }).notNull(),
    /** `session.message` data */
    data: json().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionId, table.id] }),
    index("messages_order").on(table.nodeId, table.sessionId, table.createdAt, table.id),
  ],
);

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

export const commands = sqliteTable(
  "commands",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    nodeId: text("node_id").notNull(),
    project: text(),
    sessionId: text("session_id"),
    actor: text().notNull(),
    args: json().notNull(),
    state: text().$type<"queued" | "sent" | "running" | "succeeded" | "failed" | "cancelled" | "expired">().notNull(),
    output: json(),
    error: json(),
    createdAt: integer("created_at").notNull(),
    /** null where it waits until it is done or cancelled */
    deadlineAt: integer("deadline_at"),
    sentAt: integer("sent_at"),
    /** the life of the node's outbox in which it was sent: with that, its execution is lost, too (protocol §5.2) */
    sentEpoch: text("sent_epoch"),
    cancelRequestedAt: integer("cancel_requested_at"),
    /** hashes of the caller's idempotency key and of what was asked under it, for the node to keep (protocol §5.6) */
    keyHash: text("key_hash"),
    payloadHash: text("payload_hash"),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    index("commands_open")
      .on(table.nodeId, table.createdAt)
      .where(sql`${table.finishedAt} is null`),
    index("commands_created").on(table.createdAt),
    index("commands_session").on(table.sessionId, table.createdAt),
  ],
);

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
