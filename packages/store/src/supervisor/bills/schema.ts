import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What a provider tells of one day of UTC, line by line; a day that is read again takes the place of itself. Signed: there are credits, too. */
export const billLines = sqliteTable(
  "bill_lines",
  {
    provider: text().notNull(),
    /** `cost` is what is to be paid, `usage` by how many tokens */
    report: text().notNull(),
    /** days since 1970 in UTC */
    day: integer().notNull(),
    /** as the provider calls it; empty where it names none, and so are those below */
    model: text().notNull(),
    /** what is paid for, such as `output_tokens` */
    item: text().notNull(),
    /** such as `batch` */
    tier: text().notNull(),
    /** workspace or project */
    account: text().notNull(),
    costNanoUsd: integer("cost_nano_usd").notNull(),
    inputTokens: integer("input_tokens").notNull(),
    outputTokens: integer("output_tokens").notNull(),
    cacheReadTokens: integer("cache_read_tokens").notNull(),
    cacheWriteTokens: integer("cache_write_tokens").notNull(),
    requests: integer().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.provider, table.report, table.day, table.model, table.item, table.tier, table.account],
    }),
  ],
);

/** Which days a provider's reports were read of, and when last. */
export const billDays = sqliteTable(
  "bill_days",
  {
    provider: text().notNull(),
    report: text().notNull(),
    day: integer().notNull(),
    readAt: integer("read_at").notNull(),
    /** when somebody was told that it is another sum than the ledger's */
    driftToldAt: integer("drift_told_at"),
  },
  (table) => [primaryKey({ columns: [table.provider, table.report, table.day] })],
);

/** What providers answered, as it came, the newest of each bucket. */
export const billRaws = sqliteTable(
  "bill_raws",
  {
    provider: text().notNull(),
    report: text().notNull(),
    /** days since 1970 in UTC; -1 of what is about no day */
    day: integer().notNull(),
    readAt: integer("read_at").notNull(),
    body: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.report, table.day] })],
);

/** How asking each provider goes. */
export const billPolls = sqliteTable("bill_polls", {
  provider: text().primaryKey(),
  /** `working` or `failing`, as the last try was */
  state: text().$type<"working" | "failing">().notNull(),
  code: text(),
  reason: text(),
  since: integer().notNull(),
  triedAt: integer("tried_at").notNull(),
  /** when all of it was told last */
  toldAt: integer("told_at"),
  /** tries in a row that failed */
  failures: integer().notNull(),
  /** it wants to be left alone until then */
  notBefore: integer("not_before"),
  /** what it does not tell, though it answers */
  note: text(),
});

export type BillLineRow = typeof billLines.$inferSelect;
export type BillPollRow = typeof billPolls.$inferSelect;
export type BillDayRow = typeof billDays.$inferSelect;
