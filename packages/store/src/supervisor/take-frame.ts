import {
  type Decoded,
  decodeFrame,
  type EventEnvelope,
  eventMark,
  Events,
  type HalEvent,
  parseEnvelope,
  parseEvent,
  PlacedEvents,
  writeDeep,
} from "@hal/protocol";
import { isStorageProblem } from "../storage-problem.ts";
import { applyEvent } from "./apply-event.ts";
import { FoldBatch } from "./fold-batch.ts";
import { ownFact, type Reference } from "./own-references.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** An `events` frame as it came from a node. */
export interface EventsFrame {
  readonly nodeId: string;
  /** the frame's JSON text in UTF-8; handed from thread to thread as it came, and decoded where it is parsed */
  readonly bytes: Uint8Array;
  /** on the supervisor's clock */
  readonly receivedAt: number;
}

/** What became of a frame. */
export type Taken =
  | {
      readonly kind: "taken";
      readonly epoch: string;
      /** committed up to and including; 0 where nothing of this epoch is */
      readonly seq: number;
      readonly duplicates: number;
      /** the first seq that was expected and did not come; nothing from there on was taken */
      readonly missing: number | undefined;
      /** how often something was named that is not the node's, by what it was named as */
      readonly refused: Readonly<Partial<Record<Reference, number>>>;
      /** by how much its messages are dearer than what was known of them */
      readonly spentMicroUsd: number;
    }
  | { readonly kind: "malformed"; readonly problem: string };

const FRAME_TYPES: ReadonlySet<string> = new Set(["events"]);

/**
 * Takes one frame inside the caller's transaction: drops what is there already, appends, folds, moves the
 * node's cursor. After the commit, and only then, it may be acknowledged (protocol §4.2). An event that breaks a
 * fold is poison as much as one that breaks its schema: the frame is taken again with that event set aside.
 */
export function takeFrame(db: WriterDatabase, frame: EventsFrame): Taken {
  const poison = new Map<number, string>();
  const decoded = decode(frame, poison);
  if (!decoded.ok) return { kind: "malformed", problem: decoded.problem };
  let careful = false;
  for (;;) {
    const attempt = new FrameAttempt(db, frame, decoded.frame, { poison, careful });
    try {
      return db.atomically(() => attempt.run());
    } catch (error) {
      const { at } = attempt;
      if (isStorageProblem(error) || (careful && (at === undefined || poison.has(at)))) throw error;
      if (careful && at !== undefined) poison.set(at, (error as Error).message);
      careful = true;
    }
  }
}

/**
 * Reads a frame. An event whose envelope does not fit is poison, too, as long as its place can be read: to refuse the
 * frame would have the agent send it again for ever.
 */
function decode({ bytes, receivedAt }: EventsFrame, poison: Map<number, string>): Decoded<Events> {
  const text = textOf(bytes);
  const decoded = decodeFrame(Events, FRAME_TYPES, text);
  if (decoded.ok || decoded.kind !== "invalid") return decoded;
  const placed = decodeFrame(PlacedEvents, FRAME_TYPES, text);
  if (!placed.ok) return decoded;
  const events = placed.frame.events.map((raw): EventEnvelope => {
    const envelope = parseEnvelope(raw);
    if (envelope.ok) return envelope.envelope;
    poison.set(raw.seq, envelope.problem);
    return { seq: raw.seq, at: receivedAt, type: "event.invalid", data: raw };
  });
  return { ok: true, frame: { ...placed.frame, events } };
}

interface Caution {
  /** why the event at a seq may not be folded */
  readonly poison: ReadonlyMap<number, string>;
  /** writes after each event, so that a failure is the failure of one event */
  readonly careful: boolean;
}

class FrameAttempt {
  readonly #db: WriterDatabase;
  readonly #frame: EventsFrame;
  readonly #epoch: string;
  readonly #events: readonly EventEnvelope[];
  readonly #caution: Caution;
  readonly #batch: FoldBatch;
  readonly #refused: Partial<Record<Reference, number>> = {};
  /** the seq at which the attempt is */
  at: number | undefined;

  constructor(db: WriterDatabase, frame: EventsFrame, events: Events, caution: Caution) {
    this.#db = db;
    this.#frame = frame;
    this.#epoch = events.epoch;
    this.#events = events.events;
    this.#caution = caution;
    this.#batch = new FoldBatch(db, frame.nodeId);
  }

  run(): Taken {
    const place = { nodeId: this.#frame.nodeId, epoch: this.#epoch };
    let seq = this.#db.statements.cursor.get(place)?.seq ?? 0;
    let last: EventEnvelope | undefined;
    let duplicates = 0;
    let missing: number | undefined;
    for (const envelope of this.#events) {
      if (envelope.seq <= seq) {
        duplicates += 1;
        continue;
      }
      if (!follows(envelope, seq)) {
        missing = seq + 1; // protocol §4.7: a hole is closed by sending again, not papered over
        break;
      }
      this.at = envelope.seq;
      if (!this.#append(envelope)) duplicates += 1;
      if (this.#caution.careful) this.#batch.flush();
      seq = envelope.seq;
      last = envelope;
    }
    this.at = undefined;
    this.#batch.flush();
    if (last !== undefined) this.#db.statements.moveCursor.run({ ...place, seq, mark: markOf(last) });
    return {
      kind: "taken",
      epoch: this.#epoch,
      seq,
      duplicates,
      missing,
      refused: this.#refused,
      spentMicroUsd: this.#batch.spentMicroUsd,
    };
  }

  /** Appends one event and folds it; false where its source key is in the log already. */
  #append(envelope: EventEnvelope): boolean {
    const { type, data, event } = this.#judge(envelope);
    const eventId = this.#db.insertEvent({
      nodeId: this.#frame.nodeId,
      epoch: this.#epoch,
      seq: envelope.seq,
      sourceKey: envelope.sourceKey ?? null,
      at: envelope.at,
      receivedAt: this.#frame.receivedAt,
      type,
      project: envelope.project ?? null,
      sessionId: envelope.session ?? null,
      data: JSON.stringify(data),
    });
    if (eventId === undefined) return false;
    if (event === undefined) return true;
    const finished = applyEvent(this.#db, this.#batch, { eventId, event });
    if (finished !== undefined) this.#db.appended.ended({ ...finished, endedAt: this.#frame.receivedAt });
    return true;
  }

  #judge(envelope: EventEnvelope): Judged {
    const parsed = parseEvent(envelope);
    const problem = this.#caution.poison.get(envelope.seq) ?? (parsed.kind === "invalid" ? parsed.problem : undefined);
    if (problem !== undefined) return asInvalid(envelope, problem);
    const { type } = envelope;
    const data = envelope.data ?? {};
    if (parsed.kind !== "known") return { type, data };
    const own = ownFact(this.#batch, parsed.event);
    for (const reference of own.kind === "foreign" ? [own.reference] : own.refused)
      this.#refused[reference] = (this.#refused[reference] ?? 0) + 1;
    if (own.kind === "foreign") return asInvalid(envelope, own.problem);
    return { type, data: own.refused.length === 0 ? data : marked(data, own.refused), event: own.event };
  }
}

/** An event as it is written down, and folded where it is known. */
interface Judged {
  readonly type: string;
  readonly data: unknown;
  readonly event?: HalEvent;
}

function asInvalid(envelope: EventEnvelope, problem: string): Judged {
  return { type: "event.invalid", data: { raw: rawOf(envelope), problem } };
}

/** A fact without the references that its node may not name; they are kept beside it, so that they can be looked into. */
function marked(data: object, refused: readonly Reference[]): unknown {
  const given = data as Readonly<Record<string, unknown>>;
  const isRefused = (name: string): boolean => refused.some((reference) => reference === name);
  const taken = Object.entries(given).filter(([name]) => !isRefused(name));
  const out = Object.entries(given).filter(([name]) => isRefused(name));
  return { ...Object.fromEntries(taken), refusedReferences: Object.fromEntries(out) };
}

/** None where the envelope does not fit: the agent has another one there. */
function markOf(envelope: EventEnvelope): string {
  return envelope.type === "event.invalid" ? "" : eventMark(envelope);
}

function rawOf(envelope: EventEnvelope): string {
  return writeDeep(envelope.type === "event.invalid" ? envelope.data : envelope);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

/** A gap stands for the run of events that it names (protocol §4.1). */
function follows({ seq, type, data }: EventEnvelope, committed: number): boolean {
  if (seq === committed + 1) return true;
  const { from } = (data ?? {}) as { readonly from?: unknown };
  return type === "gap" && typeof from === "number" && from <= committed + 1;
}
