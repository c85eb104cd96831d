import type { EventEnvelope, HalEvent } from "@hal/protocol";
import { LIMITS } from "@hal/protocol";
import { asc, count, gt, lte, min } from "drizzle-orm";
import { inTransaction } from "../sqlite.ts";
import { type AgentStore, newEpoch, readMeta, writeMeta } from "./open.ts";
import { outbox } from "./schema.ts";

/** Where the outbox stands. */
export interface OutboxPosition {
  readonly epoch: string;
  /** 0 where it is empty */
  readonly firstSeq: number;
  /** highest seq used in this epoch */
  readonly lastSeq: number;
  readonly acked: number;
}

/** Facts that may be given up when the outbox is full (protocol §4.1). */
const DROPPABLE = new Set(["session.todo", "tool.execute.after"]);

/** Appends events inside the caller's transaction and returns the highest seq. */
export function appendToOutbox(store: AgentStore, events: readonly HalEvent[]): number {
  let seq = Number(readMeta(store, "last_seq"));
  for (const event of events) {
    seq += 1;
    store.sqlite.orm
      .insert(outbox)
      .values({
        seq,
        at: event.at,
        type: event.type,
        sourceKey: event.sourceKey ?? null,
        project: event.project ?? null,
        sessionId: event.session ?? null,
        data: JSON.stringify(event.data),
      })
      .run();
  }
  writeMeta(store, { last_seq: String(seq) });
  keepBounded(store);
  return seq;
}

export async function outboxPosition(store: AgentStore): Promise<OutboxPosition> {
  const first =
    store.sqlite.orm
      .select({ seq: min(outbox.seq) })
      .from(outbox)
      .get()?.seq ?? 0;
  return {
    epoch: readMeta(store, "epoch") ?? "",
    firstSeq: first,
    lastSeq: Number(readMeta(store, "last_seq")),
    acked: Number(readMeta(store, "acked")),
  };
}

/** What follows a seq, oldest first, as much as one frame may carry. */
export async function outboxAfter(store: AgentStore, seq: number): Promise<EventEnvelope[]> {
  const rows = store.sqlite.orm
    .select()
    .from(outbox)
    .where(gt(outbox.seq, seq))
    .orderBy(asc(outbox.seq))
    .limit(LIMITS.eventsPerFrame)
    .all();
  const events: EventEnvelope[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(row.data) + 256;
    if (events.length > 0 && bytes > LIMITS.eventsFrameBytes) break;
    events.push({
      seq: row.seq,
      at: row.at,
      type: row.type,
      ...(row.sourceKey === null ? {} : { sourceKey: row.sourceKey }),
      ...(row.project === null ? {} : { project: row.project }),
      ...(row.sessionId === null ? {} : { session: row.sessionId }),
      data: JSON.parse(row.data) as unknown,
    });
  }
  return events;
}

/** Forgets what the supervisor has committed. */
export async function acknowledge(store: AgentStore, epoch: string, seq: number): Promise<void> {
  inTransaction(store, () => {
    if (readMeta(store, "epoch") !== epoch || seq <= Number(readMeta(store, "acked"))) return;
    store.sqlite.orm.delete(outbox).where(lte(outbox.seq, seq)).run();
    writeMeta(store, { acked: String(seq) });
  });
}

/** Begins a new epoch and renumbers what is unsent (protocol §4.5). */
export async function resetEpoch(store: AgentStore): Promise<void> {
  inTransaction(store, () => {
    const rows = store.sqlite.orm.select().from(outbox).orderBy(asc(outbox.seq)).all();
    store.sqlite.orm.delete(outbox).run();
    rows.forEach((row, index) =>
      store.sqlite.orm
        .insert(outbox)
        .values({ ...row, seq: index + 1 })
        .run(),
    );
    writeMeta(store, { epoch: newEpoch(), last_seq: String(rows.length), acked: "0" });
  });
}

/** How many events wait, and since when. */
export async function outboxDepth(store: AgentStore): Promise<{ depth: number; oldestAt: number | undefined }> {
  const row = store.sqlite.orm
    .select({ depth: count(), oldest: min(outbox.at) })
    .from(outbox)
    .get();
  return { depth: row?.depth ?? 0, oldestAt: row?.oldest ?? undefined };
}

/** Over the limit, the oldest droppable facts give way, each run to a gap that says so. */
function keepBounded(store: AgentStore): void {
  // an upper bound that costs nothing: gaps in between make the true depth smaller
  const depth = Number(readMeta(store, "last_seq")) - Number(readMeta(store, "acked"));
  if (depth <= LIMITS.outboxEvents) return;
  let excess = Math.max(1_000, depth - LIMITS.outboxEvents);
  const rows = store.sqlite.orm
    .select({ seq: outbox.seq, type: outbox.type })
    .from(outbox)
    .orderBy(asc(outbox.seq))
    .all();
  let run: number[] = [];
  const close = (): void => {
    const [from] = run;
    const to = run.at(-1);
    if (from !== undefined && to !== undefined && run.length > 1) replaceByGap(store, from, to, run.length);
    run = [];
  };
  for (const row of rows) {
    if (excess <= 0) break;
    if (DROPPABLE.has(row.type)) {
      run.push(row.seq);
      excess -= 1;
    } else close();
  }
  close();
}

function replaceByGap(store: AgentStore, from: number, to: number, dropped: number): void {
  store.sqlite.driver.prepare("delete from outbox where seq >= ? and seq <= ?").run(from, to);
  store.sqlite.orm
    .insert(outbox)
    .values({
      seq: to,
      at: Date.now(),
      type: "gap",
      sourceKey: null,
      project: null,
      sessionId: null,
      data: JSON.stringify({ from, to, count: dropped, reason: "outbox_full" }),
    })
    .run();
}
