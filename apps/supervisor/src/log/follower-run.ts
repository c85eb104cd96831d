import { setImmediate as nextTurn } from "node:timers/promises";
import { backoffMs, type Clock, errorText, type Logger, sleep } from "@hal/daemon";
import {
  type BegunFollower,
  type EventRow,
  eventsBetween,
  saveFollower,
  setAsideBy,
  setAsideEvent,
  type SetAside,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { isPoison } from "./domain/poison-rule.ts";
import type { EventLog } from "./event-log.ts";
import type { Follower } from "./follower.ts";

/** So much of the log is looked at between two turns of others. */
const STRETCH = { ids: 2_000, limit: 200 };

/** How long after it moved a place is saved, with what else is written then: a crash has that much done again. */
const SAVE_AFTER_MS = 1_000;

const AGAIN = { baseMs: 1_000, maxMs: 60_000 };
const MOST_REASON = 500;

/** Why a follower does not go on. */
export interface Stuck {
  /** the event that fails; undefined where the log cannot be read */
  readonly eventId: number | undefined;
  readonly reason: string;
  readonly attempts: number;
  readonly since: number;
  readonly nextTryAt: number;
}

export interface FollowerRunOptions {
  readonly store: SupervisorStore;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly log: Logger;
  readonly saveAfterMs?: number;
  readonly again?: typeof AGAIN;
  /** hears of each place after it is on the disk */
  readonly onSaved?: (place: number) => void;
}

/**
 * One named follower at work: it reads by itself, a stretch at a time, so that being behind costs nobody else anything.
 *
 * What holds here:
 *
 * - L1 One event is handled at a time, in the order of the log.
 * - L2 The place moves forward alone, past an event that is done, set aside in the database, or of no concern.
 * - L3 The place in the database is at most this one: a crash has events done again, and none left out.
 */
export class FollowerRun {
  readonly follower: Follower;
  readonly #options: FollowerRunOptions;
  #place: number;
  #savedPlace: number;
  #saving: NodeJS.Timeout | undefined;
  #attempts: number;
  #failingSince: number | undefined;
  stuck: Stuck | undefined;
  setAside: SetAside;
  #hasEnded = false;
  #doing: Promise<unknown> = Promise.resolve();

  constructor(follower: Follower, begun: BegunFollower & { readonly setAside: SetAside }, options: FollowerRunOptions) {
    this.follower = follower;
    this.setAside = begun.setAside;
    this.#options = options;
    this.#place = begun.place;
    this.#savedPlace = begun.place;
    this.#attempts = begun.attempts;
    this.#failingSince = begun.failingSince ?? undefined;
  }

  /** Everything up to this event is done. */
  get place(): number {
    return this.#place;
  }

  /** Follows until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { events } = this.#options;
    using waiter = events.waiter(signal);
    let failures = 0;
    while (!waiter.isOver) {
      const woken = waiter.arm();
      try {
        while (!waiter.isOver && (await this.#goOn(signal))) await nextTurn();
        if (failures > 0 && !waiter.isOver) this.#readAgain();
        failures = 0;
        await woken;
      } catch (error) {
        failures += 1;
        await this.#wait({ eventId: undefined, error, attempts: failures }, signal);
      }
    }
  }

  /** Does something while the follower does nothing else: it does one event at a time, whoever hands it over. */
  async alone<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#doing.then(work);
    this.#doing = done.catch(() => undefined);
    return done;
  }

  /** Saves the place for the last time. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.savePlace();
  }

  /** Saves the place at once. */
  async savePlace(): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const place = this.#place; // L3
    if (place === this.#savedPlace && this.stuck === undefined) return;
    const problem = this.stuck?.reason ?? null;
    const failing = { attempts: this.#attempts, problem, failingSince: this.#failingSince ?? null };
    await saveFollower(this.#options.store, { name: this.follower.name, place, ...failing }, this.#options.clock.now());
    this.#savedPlace = place;
    this.#options.onSaved?.(place);
  }

  /** Does the next stretch; false where there was none. */
  async #goOn(signal: AbortSignal): Promise<boolean> {
    const { store, events } = this.#options;
    const upTo = Math.min(this.#place + STRETCH.ids, events.newestId);
    if (upTo <= this.#place) return false;
    const { types } = this.follower;
    const rows = await eventsBetween(store, { after: this.#place, upTo, types, limit: STRETCH.limit });
    for (const row of rows) if (!(await this.#do(row, signal))) return false; // L1
    // L2: behind the last row there is nothing that concerns it
    if (rows.length < STRETCH.limit) this.#moveTo(upTo);
    return true;
  }

  /** Until it is done or set aside; false where the follower is to end first. */
  async #do(row: EventRow, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (signal.aborted) return false;
      try {
        await this.alone(() => this.follower.handle(row, signal));
        this.#moveTo(row.id);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (await this.#failed(row, error, signal)) return true;
      }
    }
  }

  /** Waits for the next try, or has the event set aside and returns true. */
  async #failed({ id }: EventRow, error: unknown, signal: AbortSignal): Promise<boolean> {
    const { clock, store, log } = this.#options;
    const { name, patience } = this.follower;
    const now = clock.now();
    this.#attempts += 1;
    this.#failingSince ??= now;
    const failing = { attempts: this.#attempts, since: this.#failingSince };
    if (!isPoison(failing, now, patience)) {
      await this.#wait({ eventId: id, error, attempts: this.#attempts }, signal);
      return false;
    }
    const row = { follower: name, eventId: id, reason: reasonOf(error), attempts: this.#attempts, at: now };
    await setAsideEvent(store, row); // L2
    log.error(
      { follower: name, event: id, attempts: row.attempts, error },
      "an event was set aside: its follower goes on",
    );
    this.setAside = await setAsideBy(store, name);
    this.#moveTo(id);
    return true;
  }

  async #wait(
    {
      eventId,
      error,
      attempts,
    }: { readonly eventId: number | undefined; readonly error: unknown; readonly attempts: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log, again = AGAIN } = this.#options;
    const { name } = this.follower;
    const now = clock.now();
    const waitMs = backoffMs(attempts - 1, again);
    if (this.stuck === undefined) log.warn({ follower: name, event: eventId, error }, "a follower of the log is stuck");
    const since = this.#failingSince ?? this.stuck?.since ?? now;
    this.stuck = { eventId, reason: reasonOf(error), attempts, since, nextTryAt: now + waitMs };
    this.#saveLater();
    await sleep(waitMs, signal);
  }

  #moveTo(place: number): void {
    this.#place = place;
    this.#attempts = 0;
    this.#failingSince = undefined;
    if (this.stuck !== undefined)
      this.#options.log.info({ follower: this.follower.name }, "a follower of the log goes on");
    this.stuck = undefined;
    this.#saveLater();
  }

  #readAgain(): void {
    if (this.stuck?.eventId === undefined) this.stuck = undefined;
  }

  #saveLater(): void {
    if (this.#hasEnded) return;
    const { log, saveAfterMs = SAVE_AFTER_MS } = this.#options;
    this.#saving ??= setTimeout(() => {
      this.savePlace().catch((error: unknown) => {
        log.warn({ follower: this.follower.name, error }, "a follower's place could not be saved");
        this.#saveLater();
      });
    }, saveAfterMs);
  }
}

/** Why an event failed, as it is kept. */
export function reasonOf(error: unknown): string {
  return errorText(error).slice(0, MOST_REASON);
}
