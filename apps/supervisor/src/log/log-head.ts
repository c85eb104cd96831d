import { setImmediate as nextTurn } from "node:timers/promises";
import { type EventRow, eventsAfter, logIdOf, type SupervisorStore } from "@hal/store/supervisor";
import { StreamItem } from "../domain/stream-item.ts";
import { eventView } from "./event-view.ts";

/** So many events are read at a time. */
const PAGE = 500;

/** So much of the log stays in memory, so that each event is read and encoded once for all who follow closely. */
const HEAD_BYTES = 8 * 1024 * 1024;

/** An event in memory: its data parsed, its view, and its text where somebody takes it. */
const bytesOf = (row: EventRow): number => 1_000 + 3 * row.data.length;

/** An event as it is shared by all who follow. */
export interface LoggedEvent {
  readonly row: EventRow;
  readonly item: StreamItem;
}

/** What follows a place, oldest first, and in which life of the log. */
export interface LogPage {
  readonly logId: string;
  readonly events: readonly LoggedEvent[];
}

/**
 * The newest events of the log. Whoever is near it shares what is read; whoever is far behind reads for itself.
 *
 * What holds here:
 *
 * - L1 All events behind `#floor` up to `#top` are in memory, oldest first, and no others.
 * - L2 They are all of one life of the log.
 * - L3 What follows `#top` is read once at a time, however many ask for it.
 */
export class LogHead {
  readonly #store: SupervisorStore;
  readonly #newestId: () => number;
  readonly #mostBytes: number;
  #logId: string;
  #events: LoggedEvent[] = [];
  #bytes = 0;
  /** all events behind this place, up to the top, are in memory */
  #floor = 0;
  #top = 0;
  #growing: Promise<void> | undefined;
  /** the page that was asked for last, as it is now: many are at one place */
  #page: { readonly after: number; readonly page: LogPage } | undefined;

  /** `newestId` says how far the log goes, without a look at the database. */
  constructor(store: SupervisorStore, newestId: () => number, mostBytes = HEAD_BYTES) {
    this.#mostBytes = mostBytes;
    this.#store = store;
    this.#newestId = newestId;
    this.#logId = store.logId;
    this.#floor = newestId();
    this.#top = this.#floor;
  }

  /** At most a page of what follows an event, where that is in memory; nothing where nothing is known to follow. */
  near(id: number): LogPage | undefined {
    if (this.#store.logId !== this.#logId || id < this.#floor || id > this.#top) return undefined;
    if (id === this.#top) return this.#newestId() > id ? undefined : { logId: this.#logId, events: [] };
    if (this.#page?.after !== id) {
      const from = indexBehind(this.#events, id);
      this.#page = { after: id, page: { logId: this.#logId, events: this.#events.slice(from, from + PAGE) } };
    }
    return this.#page.page;
  }

  /** The same from the database, where it is not. */
  async after(id: number): Promise<LogPage> {
    if (this.#store.logId !== this.#logId) this.#beginAt(id, this.#store.logId);
    if (id < this.#floor) {
      // whoever is far behind reads much: others have their turn
      await nextTurn();
      return this.#read(id);
    }
    // nobody was here for a while, or a commit is seen before it is heard of
    if (id > this.#top) await this.readOn();
    if (id > this.#top) this.#beginAt(id, this.#logId);
    if (id === this.#top) await this.readOn();
    // what others read meanwhile may have pushed it out, and nothing may have come
    if (id === this.#top) return { logId: this.#logId, events: [] };
    return this.near(id) ?? this.#read(id);
  }

  #beginAt(id: number, logId: string): void {
    this.#logId = logId;
    this.#events = [];
    this.#page = undefined;
    this.#bytes = 0;
    this.#floor = id;
    this.#top = id;
  }

  async #read(id: number): Promise<LogPage> {
    const rows = await eventsAfter(this.#store, id, PAGE);
    // asked after the rows: none of them is of a later life than this
    const logId = logIdOf(this.#store.sqlite.orm);
    const events = rows.map((row) => {
      const view = eventView(logId, row);
      return { row, item: new StreamItem(view, view.cursor) };
    });
    return { logId, events };
  }

  /** Reads what came; however many ask for it at once, it is read once. */
  readOn(): Promise<void> {
    // L3
    this.#growing ??= this.#grow().finally(() => {
      this.#growing = undefined;
    });
    return this.#growing;
  }

  async #grow(): Promise<void> {
    const from = this.#top;
    const { logId, events } = await this.#read(from);
    if (logId !== this.#logId) this.#beginAt(from, logId); // L2
    const last = events.at(-1);
    // L1: somebody began elsewhere meanwhile
    if (last === undefined || this.#top !== from) return;
    this.#events.push(...events);
    this.#page = undefined;
    this.#top = last.row.id;
    for (const { row } of events) this.#bytes += bytesOf(row);
    this.#letGo();
  }

  #letGo(): void {
    let gone = 0;
    while (this.#bytes > this.#mostBytes && gone < this.#events.length) {
      const { row } = this.#events[gone] as LoggedEvent;
      this.#bytes -= bytesOf(row);
      this.#floor = row.id;
      gone += 1;
    }
    if (gone > 0) this.#events.splice(0, gone);
  }
}

/** The first of them that is behind a place; ids ascend. */
function indexBehind(events: readonly LoggedEvent[], id: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle] as LoggedEvent).row.id > id) high = middle;
    else low = middle + 1;
  }
  return low;
}
