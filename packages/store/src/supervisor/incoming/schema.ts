import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";
import type { Marked } from "../sound-rows.ts";

/** What a session is asked for, as the rule that took it said at that time. */
export interface IncomingWork {
  readonly project: string;
  readonly node?: string | undefined;
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly prompt: string;
  /** where its answer is written; absent where that is nowhere */
  readonly answerAt?: Readonly<Record<string, unknown>> | undefined;
}

/** What services told by webhooks and a rule took, each once, and what became of it. */
export const arrivals = sqliteTable(
  "incoming_arrivals",
  {
    id: text().primaryKey(),
    /** `github`, `gitlab` or `generic/NAME` */
    sender: text().notNull(),
    /** its id at whoever sent it, and a hash of all that it said: whichever comes again, it is the same arrival */
    mark: text().notNull(),
    bodyHash: text("body_hash").notNull(),
    event: text().notNull(),
    repository: text().notNull(),
    thing: text().notNull(),
    /** who did it there */
    person: text().notNull(),
    rule: text().notNull(),
    caseId: text("case_id").notNull(),
    work: json().$type<IncomingWork>().notNull(),
    state: text().$type<"waiting" | "starting" | "started" | "prompted" | "refused" | "given_up">().notNull(),
    /** why it is so, in one word and in one line; null where nothing stands in its way */
    code: text(),
    reason: text(),
    /** how often work could not begin */
    tries: integer().notNull(),
    /** how many starts a node was asked for that came to nothing: each has a key of its own */
    starts: integer().notNull(),
    dueAt: integer("due_at").notNull(),
    nodeId: text("node_id"),
    sessionId: text("session_id"),
    /** of a start, its command; of a prompt, that one's id is below */
    commandId: text("command_id"),
    promptId: text("prompt_id"),
    answer: text().$type<"none" | "awaited" | "due" | "written" | "stopped">().notNull(),
    answerText: text("answer_text"),
    /** whether what the session did came to a good end */
    answerGood: integer("answer_good", { mode: "boolean" }),
    answerReason: text("answer_reason"),
    answerTries: integer("answer_tries").notNull(),
    answerDueAt: integer("answer_due_at").notNull(),
    createdAt: integer("created_at").notNull(),
    closedAt: integer("closed_at"),
  },
  (table) => [
    uniqueIndex("incoming_arrivals_mark").on(table.sender, table.mark),
    uniqueIndex("incoming_arrivals_body").on(table.sender, table.bodyHash),
    index("incoming_arrivals_created").on(table.createdAt, table.id),
    index("incoming_arrivals_case").on(table.caseId, table.createdAt),
    index("incoming_arrivals_open")
      .on(table.createdAt, table.id)
      .where(sql`${table.closedAt} is null`),
    index("incoming_arrivals_answers")
      .on(table.answer, table.answerDueAt)
      .where(sql`${table.answer} in ('awaited', 'due')`),
  ],
);

/** What works at an issue or a branch: one case each, whichever event tells of it. */
export const incomingCases = sqliteTable(
  "incoming_cases",
  {
    id: text().primaryKey(),
    sender: text().notNull(),
    /** in lower case: services do not tell cases apart */
    repository: text().notNull(),
    thing: text().notNull(),
    /** the session that was started for it; null before */
    nodeId: text("node_id"),
    sessionId: text("session_id"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("incoming_cases_once").on(table.sender, table.repository, table.thing)],
);

/** Repositories of which nothing is taken. */
export const incomingSwitches = sqliteTable("incoming_switches", {
  /** in lower case */
  repository: text().primaryKey(),
  /** as it was typed */
  name: text().notNull(),
  offAt: integer("off_at").notNull(),
  offBy: text("off_by").notNull(),
});

export type ArrivalRow = typeof arrivals.$inferSelect & Marked;
export type IncomingCaseRow = typeof incomingCases.$inferSelect;
export type IncomingSwitchRow = typeof incomingSwitches.$inferSelect;
