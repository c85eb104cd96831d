import { type EventEnvelope, type HalEvent, parseEvent } from "@hal/protocol";
import { and, eq, sql } from "drizzle-orm";
import { applyEvent } from "./apply-event.ts";
import { inTransaction } from "../sqlite.ts";
import type { Orm, SupervisorStore } from "./open.ts";
import { cursors, events } from "./schema.ts";

/** Events of one node, as one frame brought them. */
export interface Batch {
  readonly nodeId: string;
  readonly epoch: string;
  readonly events: readonly EventEnvelope[];
}

/** What became of a batch. */
export interface Ingested {
  readonly nodeId: string;
  readonly epoch: string;
  /** committed up to and including; 0 where nothing of this epoch is */
  readonly seq: number;
  readonly appended: readonly AppendedEvent[];
  readonly duplicates: number;
  /** the first seq that was expected and did not come; nothing from there on was taken */
  readonly missing: number | undefined;
}

export interface AppendedEvent {
  readonly id: number;
  readonly type: string;
  readonly event: HalEvent | undefined;
}

/**
 * Takes batches in one transaction: drops what is there already, appends, folds, moves the nodes' cursors.
 * When it returns everything is committed, and only then may it be acknowledged (protocol §4.2).
 */
export async function ingest(
  store: SupervisorStore,
  batches: readonly Batch[],
  receivedAt: number,
): Promise<Ingested[]> {
  return inTransaction(store, () => batches.map((batch) => ingestBatch(store.sqlite.orm, batch, receivedAt)));
}

function ingestBatch(orm: Orm, batch: Batch, receivedAt: number): Ingested {
  const { nodeId, epoch } = batch;
  let seq = readCursor(orm, nodeId, epoch);
  const appended: AppendedEvent[] = [];
  let duplicates = 0;
  let missing: number | undefined;
  for (const envelope of batch.events) {
    if (envelope.seq <= seq) {
      duplicates += 1;
      continue;
    }
    if (envelope.seq !== seq + 1) {
      missing = seq + 1; // protocol §4.7: a hole is closed by sending again, not papered over
      break;
    }
    const one = appendEvent(orm, { ...batch, envelope, receivedAt });
    if (one === undefined) duplicates += 1;
    else appended.push(one);
    seq = envelope.seq;
  }
  orm
    .insert(cursors)
    .values({ nodeId, epoch, seq })
    .onConflictDoUpdate({ target: [cursors.nodeId, cursors.epoch], set: { seq } })
    .run();
  return { nodeId, epoch, seq, appended, duplicates, missing };
}

/** What is committed of a node's outbox in this epoch; 0 where nothing is. */
export async function committedSeq(store: SupervisorStore, nodeId: string, epoch: string): Promise<number> {
  return readCursor(store.sqlite.orm, nodeId, epoch);
}

function readCursor(orm: Orm, nodeId: string, epoch: string): number {
  const where = and(eq(cursors.nodeId, nodeId), eq(cursors.epoch, epoch));
  return orm.select({ seq: cursors.seq }).from(cursors).where(where).get()?.seq ?? 0;
}

interface Arrival {
  readonly nodeId: string;
  readonly epoch: string;
  readonly envelope: EventEnvelope;
  readonly receivedAt: number;
}

/** Appends one event and folds it; undefined where its source key is in the log already. */
function appendEvent(orm: Orm, arrival: Arrival): AppendedEvent | undefined {
  const { nodeId, epoch, envelope, receivedAt } = arrival;
  const parsed = parseEvent(envelope);
  const poison = parsed.kind === "invalid";
  const type = poison ? "event.invalid" : envelope.type;
  const data = poison ? { raw: JSON.stringify(envelope), problem: parsed.problem } : (envelope.data ?? {});
  const row = insertEvent(orm).get({
    nodeId,
    epoch,
    seq: envelope.seq,
    sourceKey: envelope.sourceKey ?? null,
    at: envelope.at,
    receivedAt,
    type,
    project: envelope.project ?? null,
    sessionId: envelope.session ?? null,
    data: JSON.stringify(data),
  });
  if (row === undefined) return undefined;
  const event = parsed.kind === "known" ? parsed.event : undefined;
  if (event !== undefined) applyEvent(orm, { eventId: row.id, nodeId, event });
  return { id: row.id, type, event };
}

const insertions = new WeakMap<Orm, ReturnType<typeof prepareInsertion>>();

function insertEvent(orm: Orm): ReturnType<typeof prepareInsertion> {
  const known = insertions.get(orm);
  if (known !== undefined) return known;
  const prepared = prepareInsertion(orm);
  insertions.set(orm, prepared);
  return prepared;
}

/** Prepared once per database: building the statement anew for each row costs more than running it. */
function prepareInsertion(orm: Orm) {
  const value = (name: string) => sql.placeholder(name);
  return orm
    .insert(events)
    .values({
      nodeId: value("nodeId"),
      epoch: value("epoch"),
      seq: value("seq"),
      sourceKey: value("sourceKey"),
      at: value("at"),
      receivedAt: value("receivedAt"),
      type: value("type"),
      project: value("project"),
      sessionId: value("sessionId"),
      data: value("data"),
    })
    .onConflictDoNothing()
    .returning({ id: events.id })
    .prepare();
}

/** An event of the supervisor's own; told twice with one source key, it is in the log once (protocol §4.9). */
export interface OwnEvent {
  readonly event: HalEvent;
  readonly nodeId?: string | undefined;
}

/** Appends the supervisor's own events in a transaction of their own. */
export async function appendOwnEvents(
  store: SupervisorStore,
  own: readonly OwnEvent[],
  receivedAt: number,
): Promise<AppendedEvent[]> {
  return inTransaction(store, () => insertOwnEvents(store.sqlite.orm, own, receivedAt));
}

/** The same inside a transaction that is open already. */
export function insertOwnEvents(orm: Orm, own: readonly OwnEvent[], receivedAt: number): AppendedEvent[] {
  return own.flatMap(({ event, nodeId }) => {
    const row = insertEvent(orm).get({
      nodeId: nodeId ?? null,
      epoch: null,
      seq: null,
      sourceKey: event.sourceKey ?? null,
      at: event.at,
      receivedAt,
      type: event.type,
      project: event.project ?? null,
      sessionId: event.session ?? null,
      data: JSON.stringify(event.data),
    });
    return row === undefined ? [] : [{ id: row.id, type: event.type, event }];
  });
}
