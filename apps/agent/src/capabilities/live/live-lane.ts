import { encodeFrame, LIMITS, type LiveReader } from "@hal/protocol";
import { errorText, type Logger } from "@hal/daemon";
import type { SourceFact, SourceMessage, SourcePart } from "../../domain/source-fact.ts";
import { LiveTexts } from "./domain/live-texts.ts";

/** The connection on which live text leaves; what it does not take now is not kept for it. */
export interface LiveWire {
  send(text: string): void;
  /** what was given to it and has not left this machine */
  unsentBytes(): number;
}

/** What opencode has of the message that a session is writing. */
export interface InProgress {
  readonly message: SourceMessage;
  readonly parts: readonly SourcePart[];
}

/** Most pieces that go together, so that what else waits for the connection soon has its turn. */
const PIECES_AT_ONCE = 16;

interface Watch {
  readonly id: string;
  readonly sessionId: string;
  readonly reader: LiveReader;
}

/**
 * The live lane (protocol §10): text as it is written, for the sessions that somebody watches. It goes past the
 * outbox, and where the connection is slow it waits and goes on with the newest.
 */
export class LiveLane implements Disposable {
  readonly #log: Logger;
  readonly #inProgress: (sessionId: string) => Promise<InProgress | undefined>;
  readonly #texts = new LiveTexts();
  #watches: Watch[] = [];
  #wire: LiveWire | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, inProgress: (sessionId: string) => Promise<InProgress | undefined>) {
    this.#log = log;
    this.#inProgress = inProgress;
  }

  /** Takes in what opencode says. An end leaves at once, before the fact that is told of it. */
  hear(fact: SourceFact): void {
    const heard = this.#texts.hear(fact);
    if (heard === undefined || !this.#watches.some(({ sessionId }) => sessionId === heard.sessionId)) return;
    if (heard.isEnd) this.#flush();
    else this.#flushSoon();
  }

  /** Events were missed: what is kept may have holes. */
  missed(): void {
    this.#texts.clear();
  }

  connected(wire: LiveWire): void {
    this.#wire = wire;
  }

  /** Nobody watches any more; the supervisor asks again on the next connection. */
  disconnected(): void {
    this.#wire = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { id } of this.#watches) this.unwatch(id);
  }

  /** Begins to tell the text of a session, with all that is known of it. */
  watch(id: string, sessionId: string): void {
    if (this.#watches.some((watch) => watch.id === id)) return;
    if (this.#watches.length >= LIMITS.liveWatches) {
      this.#log.warn({ session: sessionId }, "too many sessions are watched; the text of this one is not told");
      return;
    }
    this.#log.debug({ session: sessionId }, "somebody watches this session");
    this.#watches.push({ id, sessionId, reader: this.#texts.reader(sessionId) });
    this.#flush();
    this.#recall(sessionId).catch((error: unknown) =>
      this.#log.debug({ problem: errorText(error) }, "opencode did not say what it is writing"),
    );
  }

  unwatch(id: string): void {
    const watch = this.#watches.find((one) => one.id === id);
    if (watch === undefined) return;
    watch.reader.end();
    this.#watches = this.#watches.filter((one) => one !== watch);
    this.#log.debug({ session: watch.sessionId }, "nobody watches this session any more");
  }

  [Symbol.dispose](): void {
    this.disconnected();
  }

  async #recall(sessionId: string): Promise<void> {
    const found = await this.#inProgress(sessionId);
    if (found === undefined) return;
    this.#texts.recall(sessionId, found.message, found.parts);
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), LIMITS.liveEveryMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const wire = this.#wire;
    if (wire === undefined) return;
    for (let sent = 0; sent < PIECES_AT_ONCE; sent += 1) {
      if (wire.unsentBytes() > LIMITS.liveBacklogBytes) break;
      if (!this.#sendOne(wire)) return;
    }
    this.#flushSoon();
  }

  /** Sends the next piece of the watch that waits for longest; false where there is none. */
  #sendOne(wire: LiveWire): boolean {
    for (const watch of this.#watches) {
      const piece = watch.reader.next();
      if (piece === undefined) continue;
      this.#watches = [...this.#watches.filter((other) => other !== watch), watch];
      wire.send(encodeFrame({ type: "live", id: watch.id, session: watch.sessionId, ...piece }));
      return true;
    }
    return false;
  }
}
