import { MOST_COUNT } from "@hal/protocol";
import type Database from "better-sqlite3";
import { LIMIT } from "../prepared.ts";
import { IS_DROPPABLE } from "./schema.ts";

/** What an outbox row weighs beside its data, in bytes: columns, index, page overhead. */
const ROW_BYTES = 200;

/** A million dollars: no counter is above it, as none can be told. */
export const MOST_NANO_USD = 1_000 * MOST_COUNT;

export interface OutboxRow {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly sourceKey: string | null;
  readonly project: string | null;
  readonly sessionId: string | null;
  /** JSON text */
  readonly data: string;
}

/** How much some rows of the outbox are. */
export interface Weight {
  readonly events: number;
  readonly bytes: number;
}

type Query<Parameters extends unknown[], Row = unknown> = Database.Statement<Parameters, Row>;

export interface Statements {
  readonly readMeta: Query<[key: string], { value: string }>;
  readonly writeMeta: Query<[key: string, value: string]>;
  readonly append: Query<[OutboxRow]>;
  readonly after: Query<[seq: number, limit: number], OutboxRow>;
  readonly at: Query<[seq: number], OutboxRow>;
  readonly first: Query<[], { seq: number; at: number }>;
  readonly firstAfter: Query<[seq: number], { seq: number; at: number }>;
  readonly weightBetween: Query<[after: number, upTo: number], Weight>;
  readonly removeUpTo: Query<[seq: number]>;
  readonly lastBefore: Query<[upTo: number, at: number], { seq: number | null }>;
  readonly removeRun: Query<[from: number, to: number]>;
  readonly droppable: Query<[after: number, limit: number], { seq: number }>;
  readonly beginExecution: Query<
    [commandId: string, type: string, args: string, startedAt: number, keyHash: string | null, payload: string | null]
  >;
  readonly finishExecution: Query<
    [state: string, output: string | null, error: string | null, finishedAt: number, commandId: string]
  >;
  readonly putTold: Query<[sessionId: string, state: string]>;
  readonly putToldMessage: Query<[sessionId: string, messageId: string, hash: string]>;
  readonly counted: Query<[sessionId: string, messageId: string], { nanoUsd: number }>;
  readonly countedUpTo: Query<[sessionId: string], { createdAt: number }>;
  readonly putCounted: Query<[sessionId: string, messageId: string, nanoUsd: number, createdAt: number]>;
  readonly addSpent: Query<[kind: string, id: string, nanoUsd: number]>;
  readonly spent: Query<[kind: string, id: string], { nanoUsd: number }>;
  readonly spentOfProjects: Query<[limit: number], { id: string; nanoUsd: number }>;
}

/** The statements of the hot path, prepared once per database. */
export function prepareStatements(driver: Database.Database): Statements {
  const row = `seq, at, type, source_key as sourceKey, project, session_id as sessionId, data`;
  const bytes = `coalesce(sum(length(cast(data as blob)) + ${ROW_BYTES}), 0)`;
  return {
    readMeta: driver.prepare<[string], { value: string }>("select value from meta where key = ?"),
    writeMeta: driver.prepare<[string, string]>(
      "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
    ),
    append: driver.prepare<[OutboxRow]>(
      `insert into outbox (seq, at, type, source_key, project, session_id, data)
       values (@seq, @at, @type, @sourceKey, @project, @sessionId, @data)`,
    ),
    after: driver.prepare<[number, number], OutboxRow>(`select ${row} from outbox where seq > ? order by seq ${LIMIT}`),
    at: driver.prepare<[number], OutboxRow>(`select ${row} from outbox where seq = ?`),
    first: driver.prepare<[], { seq: number; at: number }>("select seq, at from outbox order by seq limit 1"),
    firstAfter: driver.prepare<[number], { seq: number; at: number }>(
      "select seq, at from outbox where seq > ? order by seq limit 1",
    ),
    weightBetween: driver.prepare<[number, number], Weight>(
      `select count(*) as events, ${bytes} as bytes from outbox where seq > ? and seq <= ?`,
    ),
    removeUpTo: driver.prepare<[number]>("delete from outbox where seq <= ?"),
    lastBefore: driver.prepare<[number, number], { seq: number | null }>(
      "select max(seq) as seq from outbox where seq <= ? and at < ?",
    ),
    removeRun: driver.prepare<[number, number]>("delete from outbox where seq >= ? and seq <= ?"),
    droppable: driver.prepare<[number, number], { seq: number }>(
      `select seq from outbox indexed by outbox_droppable
       where type ${IS_DROPPABLE} and seq > ? order by seq ${LIMIT}`,
    ),
    beginExecution: driver.prepare<[string, string, string, number, string | null, string | null]>(
      `insert into executions (command_id, type, args, state, started_at, key_hash, payload_hash)
       values (?, ?, ?, 'running', ?, ?, ?) on conflict do nothing`,
    ),
    finishExecution: driver.prepare<[string, string | null, string | null, number, string]>(
      "update executions set state = ?, output = ?, error = ?, finished_at = ? where command_id = ?",
    ),
    putTold: driver.prepare<[string, string]>(
      "insert into told (session_id, state) values (?, ?) on conflict (session_id) do update set state = excluded.state",
    ),
    putToldMessage: driver.prepare<[string, string, string]>(
      `insert into told_messages (session_id, message_id, hash) values (?, ?, ?)
       on conflict (session_id, message_id) do update set hash = excluded.hash`,
    ),
    ...spendingStatements(driver),
  };
}

function spendingStatements(driver: Database.Database) {
  return {
    counted: driver.prepare<[string, string], { nanoUsd: number }>(
      "select nano_usd as nanoUsd from counted where session_id = ? and message_id = ?",
    ),
    countedUpTo: driver.prepare<[string], { createdAt: number }>(
      "select created_at as createdAt from counted_up_to where session_id = ?",
    ),
    putCounted: driver.prepare<[string, string, number, number]>(
      `insert into counted (session_id, message_id, nano_usd, created_at) values (?, ?, ?, ?)
       on conflict (session_id, message_id) do update set nano_usd = excluded.nano_usd`,
    ),
    addSpent: driver.prepare<[string, string, number]>(
      `insert into spent (kind, id, nano_usd) values (?, ?, ?)
       on conflict (kind, id) do update set nano_usd = min(nano_usd + excluded.nano_usd, ${MOST_NANO_USD})`,
    ),
    spent: driver.prepare<[string, string], { nanoUsd: number }>(
      "select nano_usd as nanoUsd from spent where kind = ? and id = ?",
    ),
    spentOfProjects: driver.prepare<[number], { id: string; nanoUsd: number }>(
      `select id, nano_usd as nanoUsd from spent where kind = 'project' order by id ${LIMIT}`,
    ),
  };
}

/** The weight of an event in the outbox, in bytes. */
export function weightOf(data: string): number {
  return Buffer.byteLength(data) + ROW_BYTES;
}
