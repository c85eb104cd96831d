import { type Logger, type Waiter, Wakeup } from "@hal/daemon";
import { LogHead, type LogPage } from "./log-head.ts";
import { type Appended, newestEventId, type SupervisorStore } from "@hal/store/supervisor";

/** How often the log is looked at although no commit told of anything. */
const LOOK_MS = 30_000;

export interface EventLogOptions {
  readonly log: Logger;
  /** hears what each commit appended, once */
  readonly onAppended: (appended: Appended) => void;
  readonly lookEveryMs?: number;
}

/**
 * The event log as those see it who wait for more of it. Commits tell it what they appended, nobody else does; it
 * counts that, and wakes. A slow look besides finds what no commit of this process told of.
 */
export class EventLog implements Disposable {
  readonly #store: SupervisorStore;
  readonly #options: EventLogOptions;
  readonly #wakeup = new Wakeup();
  readonly #looking: NodeJS.Timeout;
  readonly #head: LogHead;
  readonly #stopListening: () => void;
  /** readers that have all there is */
  #waiting = new Set<() => void>();
  #wakeUps = 0;
  #newestId: number;

  static async open(store: SupervisorStore, options: EventLogOptions): Promise<EventLog> {
    return new EventLog(store, options, await newestEventId(store));
  }

  private constructor(store: SupervisorStore, options: EventLogOptions, newestId: number) {
    this.#store = store;
    this.#options = options;
    this.#newestId = newestId;
    this.#head = new LogHead(store, () => this.#newestId);
    this.#stopListening = store.writer.listen((end) => {
      if (end.kind === "committed" && end.appended !== undefined) this.#take(end.appended);
    });
    this.#looking = setInterval(() => void this.#look(), options.lookEveryMs ?? LOOK_MS);
  }

  /** The newest event that is known of. */
  get newestId(): number {
    return this.#newestId;
  }

  /** A promise that resolves when there may be more, or when `signal` aborts: arm it before reading. */
  arm(signal: AbortSignal): Promise<void> {
    return this.#wakeup.arm(signal);
  }

  /** The same for somebody who waits again and again. */
  waiter(signal: AbortSignal): Waiter {
    return this.#wakeup.waiter(signal);
  }

  /** How often it has woken those who wait. */
  get wakeUps(): number {
    return this.#wakeUps;
  }

  /**
   * Calls back once when there may be more than there was so many wake-ups ago. What came is in memory by then: it is read once,
   * before all those are called who wait for it.
   */
  whenMore(wakeUps: number, wake: () => void): void {
    if (wakeUps === this.#wakeUps) this.#waiting.add(wake);
    else queueMicrotask(wake);
  }

  /** Does not call back any more. */
  forget(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  /** What follows an event, where it is in memory. */
  near(id: number): LogPage | undefined {
    return this.#head.near(id);
  }

  /** What follows an event, oldest first, a page at a time; shared by all who are near the newest one. */
  after(id: number): Promise<LogPage> {
    return this.#head.after(id);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    this.#stopListening();
  }

  #take(appended: Appended): void {
    this.#newestId = Math.max(this.#newestId, appended.newestId);
    this.#wake();
    try {
      this.#options.onAppended(appended);
    } catch (error) {
      this.#options.log.error({ error }, "what was appended could not be counted");
    }
  }

  #wake(): void {
    this.#wakeUps += 1;
    this.#wakeup.notify();
    if (this.#waiting.size === 0) return;
    const wakeAll = (): void => {
      const waiting = this.#waiting;
      this.#waiting = new Set();
      for (const wake of waiting) wake();
    };
    // where that fails each of them fails by itself
    this.#head.readOn().then(wakeAll, wakeAll);
  }

  async #look(): Promise<void> {
    try {
      const newestId = await newestEventId(this.#store);
      if (newestId <= this.#newestId) return;
      this.#newestId = newestId;
      this.#wake();
    } catch (error) {
      this.#options.log.warn({ error }, "the event log could not be looked at");
    }
  }
}
