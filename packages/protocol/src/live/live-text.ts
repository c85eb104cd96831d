import { LIMITS } from "../limits.ts";
import { lay, type Laid } from "./lay.ts";
import type { LivePiece } from "./live-piece.ts";

type Facts = Omit<LivePiece, "offset" | "text" | "end" | "cut">;

/** What a part takes beside its text, so that many short ones are bounded, too. */
const PART_CHARS = 256;

interface Held extends Laid {
  facts: Facts;
  end: boolean;
  /** another one where the text is no continuation of what it was */
  generation: number;
  /** another one where anything but the text changed */
  version: number;
  /** its message is final: it goes when everyone has read it */
  over: boolean;
}

interface Seen {
  readonly generation: number;
  readonly length: number;
  readonly version: number;
}

/** One who reads a LiveText and remembers how far. */
export interface LiveReader {
  /** the next piece that this reader lacks; undefined where it has everything */
  next(): LivePiece | undefined;
  /** it reads no more; nothing is kept for it */
  end(): void;
}

/**
 * The messages of one session that are in progress (protocol §10): pieces are laid into it, and each reader takes out
 * what it lacks at its own pace. A slow reader gets fewer and longer pieces; nothing is queued for it.
 */
export class LiveText {
  readonly #parts = new Map<string, Held>();
  readonly #readers = new Map<LiveReader, Map<string, Seen>>();
  #changes = 0;
  #sizeChars = 0;

  /** About what it takes in memory. */
  get sizeChars(): number {
    return this.#sizeChars;
  }

  /** Whether no message is in progress. */
  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  get isRead(): boolean {
    return this.#readers.size > 0;
  }

  has(partId: string): boolean {
    return this.#parts.has(partId);
  }

  /** What is known of a part, as one piece. */
  get(partId: string): LivePiece | undefined {
    const held = this.#parts.get(partId);
    return held === undefined ? undefined : pieceOf(held, 0, held.text.length);
  }

  write(piece: LivePiece): void {
    const { offset: _offset, text: _text, end, cut: _cut, ...facts } = piece;
    const held = this.#parts.get(piece.partId);
    const laid = lay(held, piece);
    this.#sizeChars += laid.text.length - (held === undefined ? -PART_CHARS : held.text.length);
    const isChanged = held === undefined || held.end !== end || held.cut !== laid.cut || !sameFacts(held.facts, facts);
    this.#parts.set(piece.partId, {
      ...laid,
      facts,
      end,
      generation: laid.isNew || held === undefined ? this.#change() : held.generation,
      version: isChanged ? this.#change() : held.version,
      over: held?.over ?? false,
    });
    if (piece.kind === "message" && end) this.#conclude(piece.messageId);
    this.#makeRoom(piece.partId);
    this.#sweep();
  }

  /** Forgets everything; what its readers have got they keep. */
  clear(): void {
    for (const partId of this.#parts.keys()) this.#drop(partId);
  }

  reader(): LiveReader {
    const seen = new Map<string, Seen>();
    const reader: LiveReader = {
      next: () => this.#next(seen),
      end: () => {
        this.#readers.delete(reader);
        this.#sweep();
      },
    };
    this.#readers.set(reader, seen);
    return reader;
  }

  #next(seen: Map<string, Seen>): LivePiece | undefined {
    for (const [partId, held] of this.#parts) {
      const had = seen.get(partId);
      const isFresh = had?.generation !== held.generation;
      const from = isFresh ? 0 : (had?.length ?? 0);
      const whole = held.end ? held.text.length : settledLength(held.text);
      const to = Math.max(from, Math.min(whole, settledLength(held.text, from + LIMITS.livePieceChars)));
      if (!isFresh && to === from && had?.version === held.version) continue;
      seen.set(partId, { generation: held.generation, length: to, version: to >= whole ? held.version : 0 });
      return pieceOf(held, from, to);
    }
    this.#sweep();
    return undefined;
  }

  #change(): number {
    this.#changes += 1;
    return this.#changes;
  }

  /** Ends all parts of a message; the message itself is read after them. */
  #conclude(messageId: string): void {
    for (const held of this.#parts.values()) {
      if (held.facts.messageId !== messageId) continue;
      if (!held.end) held.version = this.#change();
      held.end = held.over = true;
    }
    const message = this.#parts.get(messageId);
    if (message === undefined) return;
    this.#parts.delete(messageId);
    this.#parts.set(messageId, message);
  }

  #makeRoom(except: string): void {
    for (const partId of this.#parts.keys()) {
      if (this.#sizeChars <= LIMITS.liveSessionChars) return;
      if (partId !== except) this.#drop(partId);
    }
  }

  /** Lets go of what is over and was read by everyone. */
  #sweep(): void {
    for (const [partId, held] of this.#parts) {
      if (!held.over) continue;
      const isRead = [...this.#readers.values()].every((seen) => isUpToDate(held, seen.get(partId)));
      if (isRead) this.#drop(partId);
    }
  }

  #drop(partId: string): void {
    const held = this.#parts.get(partId);
    if (held !== undefined) this.#sizeChars -= held.text.length + PART_CHARS;
    this.#parts.delete(partId);
    for (const seen of this.#readers.values()) seen.delete(partId);
  }
}

function pieceOf(held: Held, from: number, to: number): LivePiece {
  const { facts, text, base, cut, end } = held;
  return { ...facts, offset: base + from, text: text.slice(from, to), end: end && to === text.length, cut };
}

function isUpToDate(held: Held, seen: Seen | undefined): boolean {
  return seen?.generation === held.generation && seen.version === held.version && seen.length === held.text.length;
}

function sameFacts(one: Facts, other: Facts): boolean {
  return (
    one.kind === other.kind &&
    one.model === other.model &&
    one.tool === other.tool &&
    one.title === other.title &&
    one.status === other.status
  );
}

/** The length up to which a text may be cut at or before `limit` without parting a character written as two units. */
function settledLength(text: string, limit = text.length): number {
  const length = Math.min(limit, text.length);
  const last = text.charCodeAt(length - 1);
  return last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
}
