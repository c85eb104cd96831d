import type Database from "better-sqlite3";
import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Sqlite } from "../sqlite.ts";
import { AppendTally } from "./append-tally.ts";
import { commands } from "./commands/schema.ts";
import { interactions } from "./interactions/schema.ts";
import { SpentWrites } from "./ledger/writes.ts";
import { cursors, type events } from "./log/schema.ts";
import { type MessageRow, sessions } from "./sessions/schema.ts";
import type { Orm } from "./store.ts";

/** A row of the event log before it has its place. */
export type NewEvent = Omit<typeof events.$inferSelect, "id">;

/** What writes work on: the one connection that writes, with the statements of the hot path prepared once. */
export class WriterDatabase {
  readonly sqlite: Sqlite;
  readonly orm: Orm;
  readonly statements: ReturnType<typeof prepareStatements>;
  readonly spent: SpentWrites;
  /** what is appended in the transaction that runs */
  readonly appended = new AppendTally();
  readonly #insertEvent: Database.Statement;
  readonly #putMessage: Database.Statement;

  constructor(sqlite: Sqlite) {
    this.sqlite = sqlite;
    this.orm = sqlite.orm;
    this.statements = prepareStatements(sqlite.orm);
    this.spent = new SpentWrites(sqlite);
    // these two run for each event: by the bare driver they cost half of what they do through Drizzle
    this.#insertEvent = sqlite.driver.prepare(`insert into events
      (node_id, epoch, seq, source_key, at, received_at, type, project, session_id, data)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`);
    this.#putMessage = sqlite.driver.prepare(`insert or replace into messages
      (node_id, session_id, id, event_id, role, state, created_at, cost_micro_usd, tokens_total, copied, data)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  }

  /** Appends an event and returns its id; undefined where its source key is in the log already. */
  insertEvent(row: NewEvent): number | undefined {
    const { nodeId, epoch, seq, sourceKey, at, receivedAt, type, project, sessionId, data } = row;
    const { changes, lastInsertRowid } = this.#insertEvent.run(
      nodeId,
      epoch,
      seq,
      sourceKey,
      at,
      receivedAt,
      type,
      project,
      sessionId,
      data,
    );
    if (changes === 0) return undefined;
    const id = Number(lastInsertRowid);
    this.appended.event(id, type, data);
    return id;
  }

  /** Does it as a whole or not at all, what it counts as appended included; inside of another one as a part of that. */
  atomically<T>(work: () => T): T {
    const before = this.appended.mark();
    try {
      return this.sqlite.driver.transaction(work)();
    } catch (error) {
      this.appended.backTo(before);
      throw error;
    }
  }

  /** Makes a message what it is now. */
  putMessage(row: MessageRow): void {
    const { nodeId, sessionId, id, eventId, role, state, createdAt, costMicroUsd, tokensTotal, copied, data } = row;
    const text = JSON.stringify(data);
    this.#putMessage.run(
      nodeId,
      sessionId,
      id,
      eventId,
      role,
      state,
      createdAt,
      costMicroUsd,
      tokensTotal,
      copied ? 1 : 0,
      text,
    );
  }
}

/** Building a statement anew for each row costs more than running it. */
function prepareStatements(orm: Orm) {
  const value = (name: string) => sql.placeholder(name);
  return {
    cursor: orm
      .select({ seq: cursors.seq })
      .from(cursors)
      .where(and(eq(cursors.nodeId, value("nodeId")), eq(cursors.epoch, value("epoch"))))
      .prepare(),
    moveCursor: orm
      .insert(cursors)
      .values({ ...placeholders(cursors), instance: "" })
      .onConflictDoUpdate({
        target: [cursors.nodeId, cursors.epoch],
        set: { seq: sql`excluded.seq`, mark: sql`excluded.mark` },
      })
      .prepare(),
    session: orm
      .select()
      .from(sessions)
      .where(and(eq(sessions.nodeId, value("nodeId")), eq(sessions.id, value("id"))))
      .prepare(),
    // a session's parent is set by itself, once: named here, its index would be written with each of the session's events
    putSession: put(orm, sessions, [sessions.nodeId, sessions.id], [sessions.parentId]),
    setParent: orm
      .update(sessions)
      .set({ parentId: placeholders(sessions).parentId })
      .where(
        and(
          eq(sessions.nodeId, value("nodeId")),
          eq(sessions.id, value("id")),
          sql`${sessions.parentId} is not ${value("parentId")}`,
        ),
      )
      .prepare(),
    interaction: orm
      .select()
      .from(interactions)
      .where(and(eq(interactions.nodeId, value("nodeId")), eq(interactions.id, value("id"))))
      .prepare(),
    openInteraction: orm
      .select({ id: interactions.id })
      .from(interactions)
      .where(
        and(
          eq(interactions.nodeId, value("nodeId")),
          eq(interactions.sessionId, value("sessionId")),
          eq(interactions.state, "open"),
        ),
      )
      .limit(1)
      .prepare(),
    putInteraction: put(orm, interactions, [interactions.nodeId, interactions.id]),
    command: orm
      .select()
      .from(commands)
      .where(eq(commands.id, value("id")))
      .prepare(),
    putCommand: put(orm, commands, [commands.id]),
  };
}

/** Makes a row what it is now: the columns of its key, and those that are kept, stay as they are, so that no index of theirs is written anew. */
function put(orm: Orm, table: SQLiteTable, key: readonly SQLiteColumn[], kept: readonly SQLiteColumn[] = []) {
  return orm
    .insert(table)
    .values(placeholders(table))
    .onConflictDoUpdate({ target: [...key], set: excluded(table, [...key, ...kept]) })
    .prepare();
}

/** A placeholder for each column, under its name in TypeScript. */
export function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  const columns = Object.keys(getTableColumns(table));
  return Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)])) as T["$inferInsert"];
}

/** Each column but those as the row that could not be inserted has it. */
export function excluded(table: SQLiteTable, but: readonly SQLiteColumn[]): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table)).filter(([, column]) => !but.includes(column));
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}
