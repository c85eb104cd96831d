import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Sqlite } from "../sqlite.ts";
import type { Orm } from "./open.ts";
import { commands, cursors, events, interactions, messages, sessions } from "./schema.ts";

/** What writes work on: the one connection that writes, with the statements of the hot path prepared once. */
export class WriterDatabase {
  readonly sqlite: Sqlite;
  readonly orm: Orm;
  readonly statements: ReturnType<typeof prepareStatements>;

  constructor(sqlite: Sqlite) {
    this.sqlite = sqlite;
    this.orm = sqlite.orm;
    this.statements = prepareStatements(sqlite.orm);
  }
}

/** Building a statement anew for each row costs more than running it. */
function prepareStatements(orm: Orm) {
  const value = (name: string) => sql.placeholder(name);
  const { id: _id, ...eventColumns } = placeholders(events);
  return {
    insertEvent: orm.insert(events).values(eventColumns).onConflictDoNothing().prepare(),
    cursor: orm
      .select({ seq: cursors.seq })
      .from(cursors)
      .where(and(eq(cursors.nodeId, value("nodeId")), eq(cursors.epoch, value("epoch"))))
      .prepare(),
    moveCursor: orm
      .insert(cursors)
      .values(placeholders(cursors))
      .onConflictDoUpdate({ target: [cursors.nodeId, cursors.epoch], set: excluded(cursors) })
      .prepare(),
    session: orm
      .select()
      .from(sessions)
      .where(and(eq(sessions.nodeId, value("nodeId")), eq(sessions.id, value("id"))))
      .prepare(),
    putSession: orm
      .insert(sessions)
      .values(placeholders(sessions))
      .onConflictDoUpdate({ target: [sessions.nodeId, sessions.id], set: excluded(sessions) })
      .prepare(),
    putMessage: orm
      .insert(messages)
      .values(placeholders(messages))
      .onConflictDoUpdate({ target: [messages.nodeId, messages.sessionId, messages.id], set: excluded(messages) })
      .prepare(),
    interaction: orm
      .select()
      .from(interactions)
      .where(and(eq(interactions.nodeId, value("nodeId")), eq(interactions.id, value("id"))))
      .prepare(),
    putInteraction: orm
      .insert(interactions)
      .values(placeholders(interactions))
      .onConflictDoUpdate({ target: [interactions.nodeId, interactions.id], set: excluded(interactions) })
      .prepare(),
    command: orm
      .select()
      .from(commands)
      .where(eq(commands.id, value("id")))
      .prepare(),
    putCommand: orm
      .insert(commands)
      .values(placeholders(commands))
      .onConflictDoUpdate({ target: commands.id, set: excluded(commands) })
      .prepare(),
  };
}

/** A placeholder for each column, under its name in TypeScript. */
function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  const columns = Object.keys(getTableColumns(table));
  return Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)])) as T["$inferInsert"];
}

/** Each column as the row that could not be inserted has it. */
function excluded(table: SQLiteTable): Record<string, SQL> {
  const columns = Object.entries(getTableColumns(table));
  return Object.fromEntries(columns.map(([name, column]) => [name, sql.raw(`excluded."${column.name}"`)]));
}
