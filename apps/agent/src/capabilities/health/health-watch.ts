import { type Clock, errorText, type Logger, sleep } from "@hal/daemon";
import type { HalEvent } from "@hal/protocol";
import type { Opencode } from "../../context.ts";
import type { SourceFact } from "../../domain/source-fact.ts";
import { isAtWork } from "../sessions/domain/turn.ts";
import type { SessionTeller } from "../sessions/domain/session-teller.ts";
import type { Followed } from "../sessions/followed.ts";
import type { SessionBook } from "../sessions/session-book.ts";
import { ContextLimits } from "./context-limits.ts";
import { later, type Moment } from "./domain/moment.ts";
import { type Health, lineOf, movesOfTrees, Pulse, type Task } from "./domain/pulse.ts";

/** At least so often it is looked at how sessions get on. */
const LOOK_MS = 5_000;
/** What is told at once waits for what comes with it. */
const SOON_MS = 100;

export interface HealthTimes {
  /** a session at work is quiet when nothing moved for so long */
  readonly quietMs: number;
  /** so far apart its task is read while it works */
  readonly taskMs: number;
}

export interface HealthParts {
  readonly book: SessionBook;
  readonly clock: Clock;
  readonly log: Logger;
  readonly opencode: Opencode;
  readonly followed: Followed;
  /** what a directory's file says that is being done there */
  readonly readTask: (directory: string) => Promise<Task | undefined>;
}

/**
 * Looks after sessions beside their status: whether something moves in them or in what they started, whether they repeat
 * themselves, how full their context is, and what they say that they are at. It tells what changed of that (protocol §4.4).
 */
export class HealthWatch {
  readonly #parts: HealthParts;
  readonly #times: HealthTimes;
  readonly #limits: ContextLimits;
  readonly #pulses = new Map<string, Pulse>();
  /** what was told to be quiet, and by which move that was judged */
  readonly #quiet = new Map<string, { readonly tick: number; readonly since: number }>();
  readonly #tasks = new Map<string, { readonly readAt: number; readonly task: Task | undefined }>();
  /** directories that are being read, and the session that came to rest meanwhile */
  readonly #reading = new Map<string, string | undefined>();
  /** nothing is known of the time before */
  #heardSince: Moment;
  #soon: NodeJS.Timeout | undefined;

  constructor(parts: HealthParts, times: HealthTimes) {
    this.#parts = parts;
    this.#times = times;
    this.#limits = new ContextLimits(() => parts.opencode.api(), parts.log);
    this.#heardSince = this.#now;
    parts.book.listen((event) => this.#told(event));
  }

  /** Takes in what the back end says, whatever it is about. */
  hear(fact: SourceFact): void {
    if (fact.kind === "opened") this.#heardSince = this.#now;
    const id = sessionOf(fact);
    if (id === undefined) return;
    this.#pulseOf(id).heard(fact, this.#now);
    // of one that was told to be quiet, or that is above, it is taken back at once
    if (this.#quiet.size > 0 && [...lineOf(id, this.#parentOf)].some((one) => this.#quiet.has(one))) this.#lookSoon();
  }

  /** The back end is not heard any more: what it says meanwhile is not known. */
  missed(): void {
    for (const pulse of this.#pulses.values()) pulse.missed();
  }

  /** Looks again and again until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const everyMs = Math.min(LOOK_MS, this.#times.quietMs / 4);
    while (!signal.aborted) {
      await this.look();
      await sleep(everyMs, signal);
    }
    clearTimeout(this.#soon);
  }

  /** Tells what has changed of how sessions get on. */
  async look(): Promise<void> {
    const { book, followed, log } = this.#parts;
    // what is in memory may not be what was told
    if (!followed.is || book.isForgotten) return;
    const now = this.#now;
    const sessions = [...book.all()].filter(({ managed }) => managed);
    // one of which nothing was heard yet is looked after from now on
    for (const teller of sessions) if (isWatched(teller)) this.#pulseOf(teller.id);
    const moves = movesOfTrees(
      [...this.#pulses].map(([id, { movedAt }]) => [id, movedAt] as const),
      this.#parentOf,
    );
    const waiting = new Set(
      sessions.filter(({ status }) => status === "waiting").flatMap(({ id }) => [...lineOf(id, this.#parentOf)]),
    );
    for (const teller of sessions) {
      const movedAt = moves.get(teller.id);
      if (movedAt === undefined) continue;
      if (isAtWork(teller.status)) this.#readTask(teller, this.#times.taskMs);
      this.#tell(teller, { now, movedAt: later(movedAt, this.#heardSince), isWaiting: waiting.has(teller.id) });
    }
    this.#forget(sessions);
    await book.write().catch((error: unknown) => log.warn({ problem: errorText(error) }, "health could not be kept"));
  }

  #tell(
    teller: SessionTeller,
    { now, movedAt, isWaiting }: { readonly now: Moment; readonly movedAt: Moment; readonly isWaiting: boolean },
  ): void {
    const { id, status } = teller;
    const pulse = this.#pulseOf(id);
    const health = pulse.judge({
      at: now,
      movedAt,
      status,
      isWaiting,
      quietMs: this.#times.quietMs,
      limit: this.#limitOf(teller, pulse),
    });
    const known = this.#quiet.get(id);
    // the same silence is told with the same time, as long as nothing else is told of it
    const same =
      health.quietSince !== undefined && known?.tick === movedAt.tick ? { ...health, quietSince: known.since } : health;
    if (health.quietSince === undefined) this.#quiet.delete(id);
    if (!isNews(teller, same)) return;
    if (health.quietSince !== undefined) this.#quiet.set(id, { tick: movedAt.tick, since: health.quietSince });
    const event = { type: "session.health" as const, at: now.wall, data: health };
    this.#parts.book.open(id).tellBeside(event, { health: JSON.stringify(health) });
  }

  #limitOf({ directory, status }: SessionTeller, { context }: Pulse): number | undefined {
    if (context === undefined) return undefined;
    if (context.model === undefined || directory === undefined) return context.limit;
    return this.#limits.of({ directory, model: context.model, isAtWork: isAtWork(status) }, () => this.#lookSoon());
  }

  /** What was told of a session, which says how its turns go and how full its context is. */
  #told(event: HalEvent): void {
    const { type, session } = event;
    if (session === undefined || type === "session.health") return;
    this.#pulseOf(session).told(event, this.#now);
    if (type !== "session.idle" && type !== "session.error") return;
    const teller = this.#parts.book.get(session);
    if (teller !== undefined) this.#readTask(teller, 0);
    this.#lookSoon();
  }

  /** A task belongs to the session that a person speaks with; `oldMs` is how old what was read may be. */
  #readTask({ id, directory, parentId }: SessionTeller, oldMs: number): void {
    if (directory === undefined || parentId !== undefined) return;
    const now = this.#now.tick;
    const known = this.#tasks.get(directory);
    if (known !== undefined) this.#pulseOf(id).task = known.task;
    if (this.#reading.has(directory)) {
      if (oldMs === 0) this.#reading.set(directory, id);
      return;
    }
    if (known !== undefined && now - known.readAt < oldMs) return;
    void this.#readNow(id, directory);
  }

  async #readNow(id: string, directory: string): Promise<void> {
    this.#reading.set(directory, undefined);
    const task = await this.#parts.readTask(directory);
    const rested = this.#reading.get(directory);
    this.#reading.delete(directory);
    this.#tasks.set(directory, { readAt: this.#now.tick, task });
    this.#pulseOf(id).task = task;
    this.#lookSoon();
    if (rested !== undefined) await this.#readNow(rested, directory);
  }

  #lookSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.look();
    }, SOON_MS);
  }

  /** What rests and was told is not looked at again until something is heard of it; that it moved stays with what is above it. */
  #forget(sessions: readonly SessionTeller[]): void {
    const atWork = new Set(sessions.filter(isWatched).map(({ id }) => id));
    for (const [id, { movedAt }] of this.#pulses) {
      if (atWork.has(id) || this.#now.tick - movedAt.tick <= Math.max(KEPT_MS, this.#times.quietMs)) continue;
      this.#pulses.delete(id);
      for (const above of lineOf(id, this.#parentOf)) this.#pulses.get(above)?.movedBelow(movedAt);
    }
    const directories = new Set(sessions.filter(isWatched).flatMap(({ directory }) => directory ?? []));
    for (const directory of this.#tasks.keys()) if (!directories.has(directory)) this.#tasks.delete(directory);
  }

  #pulseOf(id: string): Pulse {
    let pulse = this.#pulses.get(id);
    if (pulse === undefined) {
      const told = this.#parts.book.get(id)?.toldHealth;
      pulse = new Pulse(this.#now, told === undefined ? undefined : (JSON.parse(told) as Health));
      this.#pulses.set(id, pulse);
    }
    return pulse;
  }

  readonly #parentOf = (id: string): string | undefined => this.#parts.book.get(id)?.parentId;

  get #now(): Moment {
    const { clock } = this.#parts;
    return { wall: clock.now(), tick: clock.monotonic() };
  }
}

/** A pulse outlives its turn by so much: what was told of it last may come late. */
const KEPT_MS = 60_000;

/** Whether it is at work, or failed: its next turn may fail, too. */
function isWatched({ status }: SessionTeller): boolean {
  return isAtWork(status) || status === "error";
}

/** Of a session that was never at work nothing is told as long as there is nothing to say. */
function isNews({ status, toldHealth }: SessionTeller, health: Health): boolean {
  if (toldHealth === undefined && !isAtWork(status)) return Object.keys(health).length > 0;
  return JSON.stringify(health) !== toldHealth;
}

function sessionOf(fact: SourceFact): string | undefined {
  switch (fact.kind) {
    case "opened":
    case "forgot":
    case "beat":
      return undefined;
    case "row":
      return fact.row.sessionId;
    case "asked":
      return fact.request.sessionId;
    default:
      return fact.sessionId;
  }
}
