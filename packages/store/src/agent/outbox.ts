/**
 * The agent's durable queue of events, and what of it is acknowledged.
 *
 * What holds here, in each transaction:
 *
 * - L1 A seq is used once in an epoch, and seqs ascend: `last_seq` moves with what is appended.
 * - L2 `acked` is a seq of this epoch, at most `last_seq`. It goes back by `takeBack` alone.
 * - L3 The weight `unsent` is that of the rows behind `acked`, `kept` that of the others: what moves `acked` or a row moves them.
 * - L4 A row that is not acknowledged goes only where a gap takes its place.
 * - L5 What is declared as reserved always finds room.
 */
import { eventMark, type HalEvent, keepOf, LIMITS } from "@hal/protocol";
import { inTransaction } from "../file/sqlite.ts";
import { StoreError } from "../store-error.ts";
import { cutToFit } from "./cut-to-fit.ts";
import {
  addWeight,
  type AgentStore,
  beginCounters,
  beginEpoch,
  readCount,
  readMeta,
  readWeight,
  writeMeta,
} from "./open.ts";
import { makeRoom } from "./outbox-bounds.ts";
import { type OutboxRow, type Weight, weightOf } from "./statements.ts";
import { deleteTold } from "./told.ts";

/** Where the outbox stands. */
export interface OutboxPosition {
  readonly epoch: string;
  /** of what is still here, acknowledged or not; 0 where nothing is */
  readonly firstSeq: number;
  /** highest seq used in this epoch */
  readonly lastSeq: number;
  readonly acked: number;
  /** the log that acknowledged it */
  readonly logId: string | undefined;
}

/**
 * Appends events inside the caller's transaction. What is declared as reserved always finds room;
 * throws a StoreError with the code OUTBOX_FULL for anything else that does not.
 */
export function appendToOutbox(store: AgentStore, events: readonly HalEvent[]): void {
  if (events.length === 0) return;
  store.news.appended();
  const { append } = store.statements;
  let seq = readCount(store, "last_seq");
  let bytes = 0;
  for (const event of events) {
    seq += 1;
    const data = cutToFit(event.data, LIMITS.eventBytes);
    bytes += weightOf(data);
    append.run({
      seq,
      at: event.at,
      type: event.type,
      sourceKey: event.sourceKey ?? null,
      project: event.project ?? null,
      sessionId: event.session ?? null,
      data,
    });
  }
  writeMeta(store, "last_seq", seq); // L1
  addWeight(store, "unsent", { events: events.length, bytes }); // L3
  // L4, L5
  if (makeRoom(store) === "full" && !events.every(({ type }) => keepOf(type) === "reserved"))
    throw new StoreError(
      "the outbox is full: the supervisor has not been reached for too long; telling goes on when it is",
      { code: "OUTBOX_FULL" },
    );
}

export async function outboxPosition(store: AgentStore): Promise<OutboxPosition> {
  return readPosition(store);
}

/** The same inside the caller's transaction. */
export function readPosition(store: AgentStore): OutboxPosition {
  return {
    epoch: readMeta(store, "epoch") ?? "",
    firstSeq: store.statements.first.get()?.seq ?? 0,
    lastSeq: readCount(store, "last_seq"),
    acked: readCount(store, "acked"),
    logId: readMeta(store, "log_id"),
  };
}

/** A frame of what follows a seq, oldest first, as JSON text; undefined where nothing follows. */
export async function frameAfter(
  store: AgentStore,
  epoch: string,
  seq: number,
): Promise<{ readonly lastSeq: number; readonly text: string } | undefined> {
  const parts: string[] = [];
  let bytes = 0;
  let lastSeq = seq;
  for (const row of store.statements.after.iterate(seq, LIMITS.eventsPerFrame)) {
    const part = encodeRow(row);
    bytes += Buffer.byteLength(part) + 1;
    if (parts.length > 0 && bytes > LIMITS.eventsFrameBytes) break;
    parts.push(part);
    lastSeq = row.seq;
  }
  if (parts.length === 0) return undefined;
  return { lastSeq, text: `{"type":"events","epoch":${JSON.stringify(epoch)},"events":[${parts.join(",")}]}` };
}

/** The data is JSON text already: it is not parsed only to be written again. */
function encodeRow({ seq, at, type, sourceKey, project, sessionId, data }: OutboxRow): string {
  const head = JSON.stringify({
    seq,
    at,
    type,
    sourceKey: sourceKey ?? undefined,
    project: project ?? undefined,
    session: sessionId ?? undefined,
  });
  return `${head.slice(0, -1)},"data":${data}}`;
}

/** The mark of the event at a seq (protocol §4.5); undefined where it is not kept, or a gap took its place. */
export async function markAt(store: AgentStore, seq: number): Promise<string | undefined> {
  const row = store.statements.at.get(seq);
  if (row === undefined || row.type === "gap") return undefined;
  const { at, type, sourceKey, sessionId } = row;
  return eventMark({ at, type, sourceKey: sourceKey ?? undefined, session: sessionId ?? undefined });
}

/** The run of opencode that the turns in the told table belong to; undefined where the last one is over. */
export async function toldRun(store: AgentStore): Promise<string | undefined> {
  return readMeta(store, "opencode_run") || undefined;
}

/**
 * Records a run of the agent in the outbox that it has, before it is told of, and returns the last runs, oldest first: an
 * older copy of this disk does not know the latest one (protocol §4.5).
 */
export async function recordInstance(store: AgentStore, instance: string): Promise<string[]> {
  const known = JSON.parse(readMeta(store, "instances") ?? "[]") as string[];
  if (known.includes(instance)) return known;
  const instances = [...known, instance].slice(-LIMITS.outboxInstances);
  writeMeta(store, "instances", JSON.stringify(instances));
  return instances;
}

/** Records which log is spoken to from now on. */
export async function recordLog(store: AgentStore, logId: string): Promise<void> {
  writeMeta(store, "log_id", logId);
}

/** Records what a supervisor has committed, and lets go of what need not be kept any more. */
export async function acknowledge(store: AgentStore, epoch: string, seq: number, now: number): Promise<void> {
  inTransaction(store, () => {
    const acked = readCount(store, "acked");
    const isOurs = readMeta(store, "epoch") === epoch && seq <= readCount(store, "last_seq");
    if (!isOurs || seq <= acked) return; // L2
    const weight = between(store, acked, seq);
    writeMeta(store, "acked", seq);
    addWeight(store, "unsent", minus(weight));
    addWeight(store, "kept", weight);
    letGo(store, now);
  });
}

/** Removes acknowledged events that are too old, or too much. */
function letGo(store: AgentStore, now: number): void {
  const { statements, limits } = store;
  const acked = readCount(store, "acked");
  const oldest = statements.first.get();
  // in steps, so that not each acknowledgement removes a single row
  const tooOld = oldest !== undefined && oldest.at < now - limits.keptMs * 1.05;
  const tooMuch = readWeight(store, "kept").bytes > limits.keptBytes * 1.05;
  if (!tooOld && !tooMuch) return;
  const upTo = Math.max(
    tooOld ? (statements.lastBefore.get(acked, now - limits.keptMs)?.seq ?? 0) : 0,
    tooMuch ? (statements.first.get()?.seq ?? 0) + Math.ceil((acked - (oldest?.seq ?? acked)) * 0.1) : 0,
  );
  const limit = Math.min(upTo, acked); // L4
  const weight = between(store, 0, limit);
  statements.removeUpTo.run(limit);
  addWeight(store, "kept", minus(weight));
}

function between(store: AgentStore, after: number, upTo: number): Weight {
  return store.statements.weightBetween.get(after, upTo) ?? { events: 0, bytes: 0 };
}

function minus({ events, bytes }: Weight): Weight {
  return { events: -events, bytes: -bytes };
}

/**
 * Takes back acknowledgements of what a supervisor has lost: everything behind `committed` is to be sent again. What
 * of it is not kept here any more becomes a gap, and is returned as such.
 */
export async function takeBack(
  store: AgentStore,
  committed: number,
  now: number,
): Promise<{ readonly from: number; readonly to: number } | undefined> {
  return inTransaction(store, () => {
    const acked = readCount(store, "acked");
    const first = store.statements.first.get()?.seq ?? readCount(store, "last_seq") + 1;
    const lost = first > committed + 1 ? { from: committed + 1, to: first - 1 } : undefined;
    const weight = between(store, committed, acked);
    writeMeta(store, "acked", committed); // L2
    addWeight(store, "kept", minus(weight));
    addWeight(store, "unsent", weight);
    if (lost !== undefined) appendGap(store, lost, "supervisor_restored", now);
    return lost;
  });
}

/** Puts a gap in the place of a run that is gone, at its last seq (protocol §4.1). */
function appendGap(
  store: AgentStore,
  run: { readonly from: number; readonly to: number },
  reason: string,
  at: number,
): void {
  store.news.appended();
  const data = JSON.stringify({ ...run, count: run.to - run.from + 1, reason });
  store.statements.append.run({ seq: run.to, at, type: "gap", sourceKey: null, project: null, sessionId: null, data });
  addWeight(store, "unsent", { events: 1, bytes: weightOf(data) });
}

/** Begins a new epoch, renumbers what is unsent, and forgets what was told: it was told in another life (protocol §4.5). */
export async function resetEpoch(store: AgentStore): Promise<void> {
  inTransaction(store, () => {
    deleteTold(store);
    const { driver } = store.sqlite;
    store.statements.removeUpTo.run(readCount(store, "acked"));
    // by way of negative numbers, so that no row meets another one under way
    driver.exec(`update outbox set seq = -place.number
      from (select seq, row_number() over (order by seq) as number from outbox) as place where place.seq = outbox.seq`);
    driver.exec("update outbox set seq = -seq");
    const unsent = between(store, 0, Number.MAX_SAFE_INTEGER);
    addWeight(store, "kept", minus(readWeight(store, "kept")));
    addWeight(store, "unsent", minus(readWeight(store, "unsent")));
    addWeight(store, "unsent", unsent);
    beginEpoch(store, unsent.events);
    // what was spent since this copy was made is not in it
    beginCounters(store);
  });
}

/** How many events wait, how much text they are, and since when the oldest does. */
export async function outboxDepth(
  store: AgentStore,
): Promise<{ depth: number; bytes: number; oldestAt: number | undefined }> {
  const acked = readCount(store, "acked");
  return {
    depth: readCount(store, "last_seq") - acked,
    bytes: readWeight(store, "unsent").bytes,
    oldestAt: store.statements.firstAfter.get(acked)?.at,
  };
}
