import type { EventEnvelope } from "@hal/protocol";
import { isStorageProblem } from "../../storage-problem.ts";
import { foldEvent, type Told, toldBy } from "../folds.ts";
import { type JudgedEvent, judgeEvent, markOf } from "./judge-event.ts";
import { appendEvent } from "../log/append-event.ts";
import { committedSeq, moveCursor } from "../log/place.ts";
import type { Reference } from "./own-references.ts";
import { type EventsFrame, type ReadEvent, type ReadFrame, readFrame } from "./read-frame.ts";
import { Tx } from "../tx.ts";
import type { WriterDatabase } from "../writer-database.ts";

/** What became of a frame, and what its folds tell of it. */
export type Taken =
  | ({
      readonly kind: "taken";
      readonly epoch: string;
      /** committed up to and including; 0 where nothing of this epoch is */
      readonly seq: number;
      readonly duplicates: number;
      /** the first seq that was expected and did not come; nothing from there on was taken */
      readonly missing: number | undefined;
      /** how often something was named that is not the node's, by what it was named as */
      readonly refused: Readonly<Partial<Record<Reference, number>>>;
    } & Told)
  | { readonly kind: "malformed"; readonly problem: string };

/**
 * Takes one frame inside the caller's transaction: drops what is there already, appends, folds, moves the
 * node's cursor. After the commit, and only then, it may be acknowledged (protocol §4.2). An event that breaks a
 * fold is poison as much as one that breaks its schema: the frame is taken again with that event set aside.
 */
export function appendFrame(db: WriterDatabase, frame: EventsFrame): Taken {
  const poison = new Map<number, string>();
  const decoded = readFrame(frame, poison);
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

/** The same of a frame in which nothing breaks a fold: else it throws, and the caller's transaction must not be committed. */
export function appendSoundFrame(db: WriterDatabase, frame: EventsFrame): Taken {
  const poison = new Map<number, string>();
  const decoded = readFrame(frame, poison);
  if (!decoded.ok) return { kind: "malformed", problem: decoded.problem };
  return new FrameAttempt(db, frame, decoded.frame, { poison, careful: false }).run();
}

interface Caution {
  /** why the event at a seq may not be folded */
  readonly poison: ReadonlyMap<number, string>;
  /** writes after each event, so that a failure is the failure of one event */
  readonly careful: boolean;
}

class FrameAttempt {
  readonly #frame: EventsFrame;
  readonly #epoch: string;
  readonly #events: readonly ReadEvent[];
  readonly #caution: Caution;
  readonly #tx: Tx;
  readonly #refused: Partial<Record<Reference, number>> = {};
  /** the seq at which the attempt is */
  at: number | undefined;

  constructor(db: WriterDatabase, frame: EventsFrame, { epoch, events }: ReadFrame, caution: Caution) {
    this.#frame = frame;
    this.#epoch = epoch;
    this.#events = events;
    this.#caution = caution;
    this.#tx = new Tx(db, frame);
  }

  run(): Taken {
    const { db } = this.#tx;
    const outbox = { nodeId: this.#frame.nodeId, epoch: this.#epoch };
    let seq = committedSeq(db, outbox);
    let last: EventEnvelope | undefined;
    let duplicates = 0;
    let missing: number | undefined;
    for (const read of this.#events) {
      const { envelope } = read;
      if (envelope.seq <= seq) {
        duplicates += 1;
        continue;
      }
      if (!follows(envelope, seq)) {
        missing = seq + 1; // protocol §4.7: a hole is closed by sending again, not papered over
        break;
      }
      this.at = envelope.seq;
      if (!this.#append(read)) duplicates += 1;
      if (this.#caution.careful) this.#tx.flush();
      seq = envelope.seq;
      last = envelope;
    }
    this.at = undefined;
    this.#tx.flush();
    if (last !== undefined) moveCursor(db, outbox, seq, markOf(last));
    return { kind: "taken", epoch: this.#epoch, seq, duplicates, missing, refused: this.#refused, ...toldBy(this.#tx) };
  }

  /** Appends one event and folds it; false where its source key is in the log already. */
  #append(read: ReadEvent): boolean {
    const judged = judgeEvent(this.#tx, read, this.#caution.poison.get(read.envelope.seq));
    for (const reference of judged.refused) this.#refused[reference] = (this.#refused[reference] ?? 0) + 1;
    const eventId = appendEvent(this.#tx.db, this.#rowOf(read.envelope, judged));
    if (eventId === undefined) return false;
    if (judged.event !== undefined) foldEvent(this.#tx, { eventId, event: judged.event });
    return true;
  }

  #rowOf({ seq, at, sourceKey, project, session }: EventEnvelope, { type, text }: JudgedEvent) {
    return {
      nodeId: this.#frame.nodeId,
      epoch: this.#epoch,
      seq,
      sourceKey: sourceKey ?? null,
      at,
      receivedAt: this.#frame.receivedAt,
      type,
      project: project ?? null,
      sessionId: session ?? null,
      data: text,
    };
  }
}

/** A gap stands for the run of events that it names (protocol §4.1). */
function follows({ seq, type, data }: EventEnvelope, committed: number): boolean {
  if (seq === committed + 1) return true;
  const { from } = (data ?? {}) as { readonly from?: unknown };
  return type === "gap" && typeof from === "number" && from <= committed + 1;
}
