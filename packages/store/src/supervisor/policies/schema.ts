import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { json } from "../json-column.ts";

/** How a policy that did all that it may is kept in `state`: cheaper to look for than to read. */
export const GAVE_UP = `'"gaveUp":true'`;

/** What policies know and remember of each root session. */
export const policySessions = sqliteTable(
  "policy_sessions",
  {
    nodeId: text("node_id").notNull(),
    sessionId: text("session_id").notNull(),
    status: text().notNull(),
    /** since when, on the supervisor's clock and never longer than is known */
    since: integer().notNull(),
    /** when somebody stopped it last, on the node's clock, and who, where that is known */
    stoppedAt: integer("stopped_at"),
    stoppedBy: text("stopped_by"),
    /** when its provider said that it may be tried again, on the supervisor's clock, and with which words */
    limitUntil: integer("limit_until"),
    limitMessage: text("limit_message"),
    /** how often something changed: who decided by what was before decides again */
    changes: integer().notNull(),
    /** when it is to be looked at, 0 for at once; null where only an event changes anything */
    dueAt: integer("due_at"),
    /** what was done and told in its episode */
    state: json().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.nodeId, table.sessionId] }),
    index("policy_sessions_due")
      .on(table.dueAt)
      .where(sql`${table.dueAt} is not null`),
    index("policy_sessions_at_rest")
      .on(sql`${table.since} desc`, table.sessionId, table.nodeId)
      .where(sql`${table.status} = 'idle'`),
    index("policy_sessions_gave_up")
      .on(table.nodeId, table.sessionId)
      .where(sql`instr(${table.state}, ${sql.raw(GAVE_UP)}) > 0`),
  ],
);

/** Where somebody paused policies; ended ones stay, so that it can be told who did what. */
export const policyPauses = sqliteTable("policy_pauses", {
  id: text().primaryKey(),
  kind: text().$type<"fleet" | "node" | "project" | "session">().notNull(),
  nodeId: text("node_id"),
  project: text(),
  sessionId: text("session_id"),
  createdAt: integer("created_at").notNull(),
  createdBy: text("created_by").notNull(),
  reason: text(),
  until: integer(),
  endedAt: integer("ended_at"),
  endedBy: text("ended_by"),
});

export type PolicySessionRow = typeof policySessions.$inferSelect;
export type PolicyPauseRow = typeof policyPauses.$inferSelect;
