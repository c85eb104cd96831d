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
    this.#wakeup.notify();
    try {
      this.#options.onAppended(appended);
    } catch (error) {
      this.#options.log.error({ error }, "what was appended could not be counted");
    }
  }

  async #look(): Promise<void> {
    try {
      const newestId = await newestEventId(this.#store);
      if (newestId <= this.#newestId) return;
      this.#newestId = newestId;
      this.#wakeup.notify();
    } catch (error) {
      this.#options.log.warn({ error }, "the event log could not be looked at");
    }
  }
}
