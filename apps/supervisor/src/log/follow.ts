import { HalError } from "@hal/protocol";
import type { StreamItem } from "../domain/stream-item.ts";
import type { EventLog } from "./event-log.ts";
import type { LogPage } from "./log-head.ts";
import { type Pieces, piecesOf, type Wanted } from "./pieces.ts";
import type { Reader } from "./readers.ts";

/** Where somebody begins to follow, and what of it is wanted. */
export interface Following {
  readonly after: number;
  readonly logId: string;
  /** what is said before all else */
  readonly first: readonly StreamItem[];
  readonly wanted: Wanted;
  /** begins a reader that is told how far it was taken, and ends with it */
  readonly begin: () => Reader;
}

/**
 * What follows a place in the log, and then what comes, in pieces of what is there together, as fast as they are taken.
 * It fails where the log begins a new life (protocol §4.6).
 */
export function follow(log: EventLog, following: Following, signal: AbortSignal): AsyncIterable<readonly StreamItem[]> {
  return { [Symbol.asyncIterator]: () => new Follow(log, following, signal) };
}

type Step = IteratorResult<readonly StreamItem[], undefined>;

const DONE: Step = { done: true, value: undefined };

/** One reader on its way. No generator: hundreds may follow, and each of their pieces would cost several promises. */
class Follow implements AsyncIterator<readonly StreamItem[], undefined> {
  readonly #log: EventLog;
  readonly #following: Following;
  readonly #signal: AbortSignal;
  readonly #goesOn = (): void => this.#goOn();
  readonly #ends = (): void => this.#end();
  #reader: Reader | undefined;
  #hasSaidFirst = false;
  /** the last event that was read */
  #position: number;
  /** what was read, and the place in it of what is handed over next */
  #pieces: Pieces | undefined;
  #next = 0;
  /** up to where everything was handed over: it is taken when more is asked for */
  #upTo: number;
  #asked: PromiseWithResolvers<Step> | undefined;
  #isOver = false;

  constructor(log: EventLog, following: Following, signal: AbortSignal) {
    this.#log = log;
    this.#following = following;
    this.#signal = signal;
    this.#position = following.after;
    this.#upTo = following.after;
  }

  next(): Promise<Step> {
    if (this.#reader === undefined) this.#begin();
    else this.#reader.movedTo(this.#upTo);
    if (this.#isOver) return Promise.resolve(DONE);
    this.#asked = Promise.withResolvers();
    const { promise } = this.#asked;
    this.#goOn();
    return promise;
  }

  return(): Promise<Step> {
    this.#end();
    return Promise.resolve(DONE);
  }

  #begin(): void {
    this.#reader = this.#following.begin();
    if (this.#signal.aborted) this.#end();
    else this.#signal.addEventListener("abort", this.#ends, { once: true });
  }

  /** Answers who asked as soon as there is something, or comes back when there may be. */
  #goOn(): void {
    try {
      while (!this.#isOver) {
        const items = this.#handOver();
        if (items !== undefined) {
          this.#answer({ done: false, value: items });
          return;
        }
        const { wakeUps } = this.#log;
        const page = this.#log.near(this.#position);
        if (page === undefined) {
          void this.#read(wakeUps);
          return;
        }
        if (!this.#take(page)) {
          this.#log.whenMore(wakeUps, this.#goesOn);
          return;
        }
      }
    } catch (error) {
      this.#end(error);
    }
  }

  /** The next of what was read; undefined where all of it was taken. */
  #handOver(): readonly StreamItem[] | undefined {
    const { first } = this.#following;
    if (!this.#hasSaidFirst) {
      this.#hasSaidFirst = true;
      if (first.length > 0) return first;
    }
    const piece = this.#pieces?.at(this.#next);
    this.#next += 1;
    this.#upTo = piece?.upTo ?? this.#position;
    if (piece === undefined) this.#reader?.movedTo(this.#position);
    return piece?.items;
  }

  /** Goes on with what is not in memory. */
  async #read(wakeUps: number): Promise<void> {
    try {
      const isMore = this.#take(await this.#log.after(this.#position));
      if (isMore) this.#goOn();
      else if (!this.#isOver) this.#log.whenMore(wakeUps, this.#goesOn);
    } catch (error) {
      this.#end(error);
    }
  }

  /** False where there is nothing on the page. */
  #take(page: LogPage): boolean {
    const last = page.events.at(-1);
    if (last === undefined) return false;
    if (page.logId !== this.#following.logId) throw lifeEnded();
    this.#position = last.row.id;
    this.#pieces = piecesOf(page, this.#following.wanted);
    this.#next = 0;
    return true;
  }

  #answer(step: Step): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.resolve(step);
  }

  #end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#log.forget(this.#goesOn);
    this.#signal.removeEventListener("abort", this.#ends);
    this.#reader?.[Symbol.dispose]();
    if (error === undefined) this.#answer(DONE);
    else this.#asked?.reject(error);
  }
}

function lifeEnded(): HalError {
  return new HalError(
    "cursor_lost",
    "the supervisor's database was restored while this stream was open; what came of it is of an event log that ended: follow anew, without a cursor",
  );
}
