import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** What a target is told of one occasion, and what became of it. */
export const notices = sqliteTable(
  "notices",
  {
    /** names it to whoever gets it, the same on each try */
    id: text().primaryKey(),
    /** such as `webhook#n8n` */
    target: text().notNull(),
    /** what it is about; a target is told of one thing once */
    fingerprint: text().notNull(),
    /** the event that it is about; null where it is about a time that has come */
    eventId: integer("event_id"),
    /** the expression of the route that took it */
    route: text().notNull(),
    /** of what it tells, such as `session/<node>/<id>`: where there is a card of that, it is told there */
    subject: text().notNull().default(""),
    type: text().notNull(),
    at: integer().notNull(),
    /** what is sent */
    data: json().$type<Readonly<Record<string, unknown>>>().notNull(),
    /**
     * `digested`: it was told in one message with others; `muted`: its channel tells less than that; `limited`: its route had told
     * enough; `given_up`: it was tried in vain, or will never be taken
     */
    state: text().$type<"waiting" | "sent" | "digested" | "muted" | "limited" | "given_up">().notNull(),
    /** it is told in quiet hours, too */
    isUrgent: integer("is_urgent", { mode: "boolean" }).notNull().default(false),
    /** the card that tells it, or is to; null where that is not known yet, and where a message of its own is sent to a program */
    cardId: text("card_id"),
    tries: integer().notNull(),
    dueAt: integer("due_at").notNull(),
    /** why it is not sent, in one line; null where nothing stands in its way, or stood */
    reason: text(),
    createdAt: integer("created_at").notNull(),
    closedAt: integer("closed_at"),
  },
  (table) => [
    uniqueIndex("notices_once").on(table.target, table.fingerprint),
    index("notices_waiting")
      .on(table.target, table.dueAt)
      .where(sql`${table.closedAt} is null`),
    index("notices_event")
      .on(table.eventId)
      .where(sql`${table.eventId} is not null`),
    index("notices_told").on(table.target, table.route, table.createdAt),
    index("notices_closed").on(table.target, table.closedAt),
    index("notices_card")
      .on(table.cardId)
      .where(sql`${table.cardId} is not null`),
  ],
);

/** How each target took what it was sent last; one that was sent nothing has no row. */
export const targetStates = sqliteTable("target_states", {
  target: text().primaryKey(),
  /** nothing is sent to it any more until somebody sees to it; null where that is not so */
  stoppedAt: integer("stopped_at"),
  /** since when nothing arrives; null where the last one did */
  failingSince: integer("failing_since"),
  /** why it stopped, or why the last try failed */
  reason: text(),
  /** tries in a row that failed */
  failures: integer().notNull(),
  /** nothing is tried before that */
  notBefore: integer("not_before").notNull(),
  lastSentAt: integer("last_sent_at"),
});

/** A message that shows how something is, and is changed whenever that does. What is told of it is in its thread. */
export const cards = sqliteTable(
  "cards",
  {
    /** names it where it is posted */
    id: text().primaryKey(),
    target: text().notNull(),
    subject: text().notNull(),
    /** its id at the platform; null before it is posted */
    postedId: text("posted_id"),
    /** a hash of what it shows; null where that is not known */
    shown: text(),
    openedAt: integer("opened_at").notNull(),
    /** since when it is changed no more, but for once where it is due */
    closedAt: integer("closed_at"),
    /**
     * the newest event when it first showed that its subject rests, or is well: what happened later has a card of its own; null before
     */
    overUpTo: integer("over_up_to"),
    /** it is changed once more, to say that a newer card shows how its subject is */
    isDue: integer("is_due", { mode: "boolean" }).notNull().default(false),
    /** what its platform was told, beside the message, that its session does; null where it was told nothing */
    toldStatus: text("told_status"),
  },
  (table) => [
    uniqueIndex("cards_open")
      .on(table.target, table.subject)
      .where(sql`${table.closedAt} is null`),
    index("cards_due")
      .on(table.target)
      .where(sql`${table.isDue}`),
    index("cards_posted").on(table.postedId),
    index("cards_subject").on(table.subject, table.openedAt),
  ],
);

/** What a button on a card does. It is pressed by its id, which says nothing, and does that once. */
export const buttons = sqliteTable(
  "buttons",
  {
    id: text().primaryKey(),
    cardId: text("card_id").notNull(),
    /** what it is on its card, such as `per_1/once` */
    key: text().notNull(),
    label: text().notNull(),
    operation: text().notNull(),
    input: json().$type<Readonly<Record<string, unknown>>>().notNull(),
    /** what is asked of whoever presses it first; null where nothing is */
    form: json().$type<Readonly<Record<string, unknown>> | null>(),
    createdAt: integer("created_at").notNull(),
    usedAt: integer("used_at"),
    usedBy: text("used_by"),
  },
  (table) => [uniqueIndex("buttons_key").on(table.cardId, table.key)],
);

/** How people of platforms are called there, who may do something here. */
export const people = sqliteTable("people", {
  /** such as `slack:U1ANN` */
  actor: text().primaryKey(),
  name: text().notNull(),
  /** since when, in milliseconds since 1970 */
  since: integer().notNull(),
});

/** Which commands a platform shows, by a name that is another one for others. */
export const shownCommands = sqliteTable("shown_commands", {
  platform: text().primaryKey(),
  shown: text().notNull(),
});

export type ButtonRow = typeof buttons.$inferSelect & Marked;
export type CardRow = typeof cards.$inferSelect & Marked;
export type NoticeRow = typeof notices.$inferSelect & Marked;
export type TargetStateRow = typeof targetStates.$inferSelect;
