import { Looks, newUuid } from "@hal/daemon";
import {
  closeOccasion,
  type OccasionEnd,
  type OccasionRow,
  openOccasions,
  placesOfSchedules,
  recordScheduleLook,
  type SchedulePlaceRow,
} from "@hal/store/supervisor";
import { beginOccasion, endOfCommand } from "./begin-occasion.ts";
import type { LookContext } from "./context.ts";
import { type DueTime, judgeSchedule } from "./domain/judge-schedule.ts";
import { missedReason } from "./domain/occasion-text.ts";
import { ruleOf, type Schedule } from "./domain/schedule.ts";
import type { ScheduleMetrics } from "./schedule-metrics.ts";

/** When a schedule is to be looked at next, as long as its place stays what it was. */
interface Next {
  readonly rule: string;
  readonly since: number;
  readonly at: number | undefined;
}

/**
 * Looks at schedules and at their occasions. It knows nothing itself: up to when each was looked at, and what came of each occasion, is
 * in the database. A time that has come is an occasion in the transaction that moves the place, and an occasion asks for its session
 * under a key of its own: so whatever dies in between, each time comes once, and starts one session at most.
 */
export class ScheduleWatch implements AsyncDisposable {
  readonly #context: LookContext;
  readonly #metrics: ScheduleMetrics;
  readonly #looks: Looks;
  #isWaiting = false;
  /** spares working out again what has not changed */
  readonly #next = new Map<string, Next>();

  constructor(context: LookContext, metrics: ScheduleMetrics) {
    this.#context = context;
    this.#metrics = metrics;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.warn({ error }, "schedules could not be looked at; they are again in a moment"),
    );
  }

  /** Whether an occasion waits for what comes of its command, as far as the last look saw. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Something may be due, or have come of something; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  /** Looks at all that is due, after a look that runs just now. */
  lookAtAll(): Promise<void> {
    return this.#looks.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  /** Finds out which times have come, of schedules that are new from now on, and begins nothing yet. */
  async findDue(): Promise<void> {
    const places = placesOfSchedules(this.#context.store);
    for (const schedule of this.#context.scheduleBook.all)
      if (schedule.problem === undefined) await this.#lookAt(schedule, places.get(schedule.name));
  }

  async #look(): Promise<void> {
    await this.findDue();
    const open = openOccasions(this.#context.store);
    this.#isWaiting = open.length > 0;
    for (const occasion of open) {
      if (this.#looks.hasEnded) return;
      await this.#goOn(occasion);
    }
  }

  async #lookAt(schedule: Schedule, before: SchedulePlaceRow | undefined): Promise<void> {
    const { store, clock } = this.#context;
    const now = clock.now();
    const { name } = schedule;
    const known = this.#next.get(name);
    const isKnown = known !== undefined && known.rule === before?.rule && known.since === before.since;
    if (isKnown && known.rule === ruleOf(schedule) && known.since <= now && (known.at === undefined || known.at > now))
      return;
    const { place, due, nextAt } = judgeSchedule(schedule, before, now);
    const counts =
      (place.rule === before?.rule && place.since === before.since) ||
      (await recordScheduleLook(store, {
        before,
        place: { name, ...place },
        due: due.map((time) => this.#occasionOf(schedule, time, now)),
      }));
    if (!counts) return;
    this.#next.set(name, { ...place, at: nextAt });
    for (const { begins } of due) if (!begins) this.#metrics.closed("not_started");
  }

  #occasionOf(schedule: Schedule, time: DueTime, now: number): OccasionRow {
    const { name, project } = schedule;
    const { startedAt } = this.#context;
    return {
      ...newOccasion({ schedule: name, project, actor: `schedule:${name}`, now }),
      dueAt: time.at,
      missed: time.missed,
      ...(time.begins
        ? {}
        : { state: "not_started", code: "missed", reason: missedReason(time, { startedAt, now }), closedAt: now }),
    };
  }

  async #goOn(occasion: OccasionRow): Promise<void> {
    const end =
      occasion.state === "due"
        ? await beginOccasion(this.#context, occasion)
        : await endOfCommand(this.#context, occasion);
    if (end !== undefined) await this.#close(occasion, end);
  }

  async #close(occasion: OccasionRow, end: OccasionEnd): Promise<void> {
    const closed = await closeOccasion(this.#context.store, occasion.id, end);
    if (closed === undefined) return;
    this.#metrics.closed(end.state);
    const { schedule, nodeId: node, sessionId: session, commandId: command } = closed;
    const fields = { schedule, occasion: closed.id, node, session, command };
    if (end.state === "started") this.#context.log.info(fields, "a schedule started a session");
    else this.#context.log.warn({ ...fields, code: end.code }, "a schedule did not start a session");
  }
}

/** An occasion of which nothing came yet. */
export function newOccasion({
  schedule,
  project,
  actor,
  now,
}: {
  readonly schedule: string;
  readonly project: string;
  readonly actor: string;
  readonly now: number;
}): OccasionRow {
  return {
    id: `occ_${newUuid()}`,
    schedule,
    project,
    actor,
    dueAt: null,
    missed: 0,
    createdAt: now,
    state: "due",
    nodeId: null,
    commandId: null,
    sessionId: null,
    code: null,
    reason: null,
    closedAt: null,
  };
}
