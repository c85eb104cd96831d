import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What is counted of tokens, beside the cost. */
const AMOUNTS = {
  costNanoUsd: integer("cost_nano_usd").notNull(),
  input: integer().notNull(),
  output: integer().notNull(),
  reasoning: integer().notNull(),
  cacheRead: integer("cache_read").notNull(),
  cacheWrite: integer("cache_write").notNull(),
  /** of a kind that is not known: versions before this one kept their sum alone */
  unsplit: integer().notNull(),
};

/** How a cost is known. */
export type CostKind = "opencode" | "estimated" | "unpriced";

/** What messages are counted under, beside their time. What is not known is empty. */
export const spentAccounts = sqliteTable(
  "spent_accounts",
  {
    id: integer().primaryKey(),
    sessionId: text("session_id").notNull(),
    /** the session at the top of its tree, as far as it is known by now */
    rootId: text("root_id").notNull(),
    nodeId: text("node_id").notNull(),
    project: text().notNull(),
    /** `provider/model` */
    model: text().notNull(),
    /** who gave the prompt that they answer */
    actor: text().notNull(),
    /** how their cost is known */
    kind: text().$type<CostKind>().notNull(),
    /** the newest quarter of an hour in which they spent something */
    lastSlot: integer("last_slot").notNull(),
  },
  (table) => [
    uniqueIndex("spent_accounts_key").on(
      table.sessionId,
      table.nodeId,
      table.project,
      table.model,
      table.actor,
      table.kind,
    ),
    index("spent_accounts_root").on(table.rootId),
    index("spent_accounts_last").on(table.lastSlot),
  ],
);

/**
 * What each of the assistant's messages counts for, whichever node tells of it: opencode's ids are its own in all the world, and a node
 * that lost its identity, or got a copy of another one's opencode, tells the same messages. Those of days that are closed are forgotten.
 */
export const spentShares = sqliteTable(
  "spent_shares",
  {
    sessionId: text("session_id").notNull(),
    id: text().notNull(),
    /** the message that it answers */
    promptId: text("prompt_id").notNull(),
    account: integer().notNull(),
    slot: integer().notNull(),
    ...AMOUNTS,
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.id] })],
);

/**
 * What they cost, by quarter of an hour; pruning takes nothing from it. `slot` counts quarters since 1970, as zones have days that begin
 * with one; below 0 it is `-1 - day`: a day of UTC of which the hour is not known. In the file this table, like all of the ledger but its
 * accounts, has no row ids, and lies in the order of its key.
 */
export const spentQuarters = sqliteTable(
  "spent_quarters",
  { slot: integer().notNull(), account: integer().notNull(), ...AMOUNTS },
  (table) => [primaryKey({ columns: [table.slot, table.account] }), index("spent_quarters_account").on(table.account)],
);

/** The same by day of UTC, of all sessions together, so that a long time is read fast; of days of which the hour is not known nothing is here. */
export const spentDaySums = sqliteTable(
  "spent_day_sums",
  {
    day: integer().notNull(),
    project: text().notNull(),
    model: text().notNull(),
    nodeId: text("node_id").notNull(),
    actor: text().notNull(),
    kind: text().$type<CostKind>().notNull(),
    ...AMOUNTS,
  },
  (table) => [primaryKey({ columns: [table.day, table.project, table.model, table.nodeId, table.actor, table.kind] })],
);

/** Who gave root sessions their prompts; of one that was given in opencode itself the actor is empty. */
export const spentPrompts = sqliteTable(
  "spent_prompts",
  {
    sessionId: text("session_id").notNull(),
    /** the message; empty of a session that was begun without one */
    id: text().notNull(),
    actor: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.id] })],
);
