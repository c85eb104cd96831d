import { randomUUID } from "node:crypto";
import { LIMITS } from "@hal/protocol";
import { openSqlite, type OpenOptions, type SqliteInUse } from "../file/sqlite.ts";
import { OutboxNews } from "./outbox-news.ts";
import { prepareStatements, type Statements, type Weight } from "./statements.ts";

/** How much the outbox may hold; protocol §8. */
export interface OutboxLimits {
  /** of what no supervisor has acknowledged */
  readonly events: number;
  readonly bytes: number;
  /** of what is kept although it was acknowledged, for a supervisor that loses it */
  readonly keptBytes: number;
  readonly keptMs: number;
}

const CACHE_KIB = 2_000;

const DEFAULT_LIMITS: OutboxLimits = {
  events: LIMITS.outboxEvents,
  bytes: LIMITS.outboxBytes,
  keptBytes: LIMITS.outboxKeptBytes,
  keptMs: LIMITS.outboxKeptMs,
};

/** The agent's database: outbox, told table, executions. */
export interface AgentStore {
  readonly sqlite: SqliteInUse;
  readonly statements: Statements;
  readonly limits: OutboxLimits;
  /** tells whoever sends the outbox that there is more */
  readonly news: OutboxNews;
}

/** Opens the agent's database, creating it, with a new epoch, where there is none. */
export function openAgentStore(options: OpenOptions & { readonly limits?: OutboxLimits }): AgentStore {
  const sqlite = openSqlite(options);
  // the agent is a guest on its machine, and reads little of what it writes
  sqlite.driver.pragma(`cache_size = -${CACHE_KIB}`);
  // SQLite's own checkpoints do not look whose file it is: whoever opened it asks for them
  sqlite.driver.pragma("wal_autocheckpoint = 0");
  const statements = prepareStatements(sqlite.driver);
  const store = { sqlite, statements, limits: options.limits ?? DEFAULT_LIMITS, news: new OutboxNews() };
  if (readMeta(store, "epoch") === undefined) beginEpoch(store, 0);
  if (readMeta(store, "counters") === undefined) beginCounters(store);
  return store;
}

/** Names a new life of the outbox, of which nothing is acknowledged. */
export function beginEpoch(store: AgentStore, lastSeq: number): void {
  writeMeta(store, "epoch", randomUUID());
  writeMeta(store, "last_seq", lastSeq);
  writeMeta(store, "acked", 0);
}

/** Names a new life of the counters: what was said of those before is not about these (protocol §5.23). */
export function beginCounters(store: AgentStore): void {
  writeMeta(store, "counters", randomUUID());
}

export function readMeta(store: AgentStore, key: string): string | undefined {
  return store.statements.readMeta.get(key)?.value;
}

/** A number that is 0 where it was never written. */
export function readCount(store: AgentStore, key: string): number {
  return Number(readMeta(store, key) ?? 0);
}

/** What is unsent, or kept although it was acknowledged. */
export function readWeight(store: AgentStore, which: "unsent" | "kept"): Weight {
  return { events: readCount(store, `${which}_events`), bytes: readCount(store, `${which}_bytes`) };
}

/** Adds to what is unsent or kept, in the transaction that makes it true; the sums spare counting the rows. */
export function addWeight(store: AgentStore, which: "unsent" | "kept", { events, bytes }: Weight): void {
  const before = readWeight(store, which);
  writeMeta(store, `${which}_events`, Math.max(0, before.events + events));
  writeMeta(store, `${which}_bytes`, Math.max(0, before.bytes + bytes));
}

export function writeMeta(store: AgentStore, key: string, value: string | number): void {
  store.statements.writeMeta.run(key, String(value));
}
