import { statSync } from "node:fs";
import { sleep } from "@hal/daemon";
import {
  backUp,
  type BackupResult,
  CheckpointSchedule,
  checkInThread,
  describeDamage,
  findDamage,
  followerInTheWay,
  prune,
  type PruneCounts,
  pruneStep,
  type SupervisorStore,
  unreadableRows,
} from "@hal/store/supervisor";
import type { DatabaseMaintenance } from "./maintenance.ts";
import type { CheckState } from "./domain/storage-health.ts";
import { mendOnce, mendRows } from "./mend-rows.ts";
import { EVERY_MS, type MaintenanceOptions, type MaintenanceSchedule } from "./maintenance-options.ts";

/** A clock that moved so much against the time that has passed is not trusted with deleting. */
const CLOCK_JUMP_MS = 3_600_000;

/** A stop waits for the backup of a database up to this size, for so long. What was backed up before stays. */
const LAST_BACKUP = { bytes: 512 * 1024 ** 2, ms: 10_000 };

/** So many rows go at a time: whoever else writes waits for milliseconds. */
const STEP_ROWS = 1_000;

/** Who looks after the database, as those see it who began it. */
export type RunningMaintenance = DatabaseMaintenance & AsyncDisposable;

/**
 * Looks after the database of a running supervisor: whether its file is still there and sound, a backup each day and
 * one at the end, and that what is older than the retention goes. What fails of that is a warning, and tried again.
 */
export function maintainDatabase(store: SupervisorStore, options: MaintenanceOptions): RunningMaintenance {
  const stopping = new AbortController();
  const maintainer = new Maintainer(store, options, stopping.signal);
  const every = { ...EVERY_MS, ...options.everyMs };
  const working = [
    maintainer.attempt("reading the database through", () => maintainer.check()),
    maintainer.attempt("marking rows that cannot be shown", () => mendOnce(store, options, stopping.signal)),
    maintainer.repeat("looking at the database's file", { firstMs: every.look, everyMs: every.look }, () =>
      maintainer.look(),
    ),
    maintainer.repeat("the database's checkpoint", { firstMs: every.look, everyMs: every.look }, () =>
      maintainer.checkpointWhereDue(),
    ),
  ];
  let schedule: MaintenanceSchedule = options;
  let rescheduled = new AbortController();
  const begin = (): void => {
    const signal = AbortSignal.any([stopping.signal, rescheduled.signal]);
    const { backupEveryMs, retentionMs } = schedule;
    if (backupEveryMs !== undefined) {
      // one that is dated in the future, as by a clock that was ahead, is no reason to wait for its time
      const ageMs = Math.max(0, maintainer.backupAgeMs());
      const times = { firstMs: Math.max(0, backupEveryMs - ageMs), everyMs: backupEveryMs };
      const work = async (): Promise<void> => void (await maintainer.backUp(stopping.signal));
      working.push(maintainer.repeat("backing up the database", times, work, signal));
    }
    if (retentionMs !== undefined) {
      const times = { firstMs: every.firstPrune, everyMs: every.prune };
      const work = async (): Promise<void> =>
        void (await maintainer.prune({ olderThanMs: retentionMs, isDryRun: false }));
      working.push(maintainer.repeat("pruning the database", times, work, signal));
    }
  };
  begin();
  return {
    reschedule(changed) {
      rescheduled.abort();
      rescheduled = new AbortController();
      schedule = changed;
      begin();
    },
    get check() {
      return maintainer.state;
    },
    backUp: () => maintainer.backUp(stopping.signal),
    findDamage: (signal) => maintainer.findDamage(AbortSignal.any([signal, stopping.signal])),
    findUnreadable: (signal) => unreadableRows(store.sqlite, AbortSignal.any([signal, stopping.signal])),
    mend: () => mendRows(store, options, stopping.signal),
    prune: (what) => maintainer.prune(what),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(working);
      maintainer.look();
      if (schedule.backupEveryMs !== undefined)
        await maintainer.attempt("backing up the database at the end", () => maintainer.backUpLast());
    },
  };
}

class Maintainer {
  readonly #store: SupervisorStore;
  readonly #options: MaintenanceOptions;
  readonly #signal: AbortSignal;
  #isLost = false;
  state: CheckState;
  #clockOffset: number;
  readonly #checkpoints: CheckpointSchedule;
  /** the work that goes on; one at a time, since both write beside the database */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: SupervisorStore, options: MaintenanceOptions, signal: AbortSignal) {
    this.#store = store;
    this.#options = options;
    this.#signal = signal;
    this.#clockOffset = options.clock.now() - options.clock.monotonic();
    this.#checkpoints = new CheckpointSchedule(options.clock.monotonic());
    this.state = store.sqlite.isReadThrough ? "sound" : "unread";
  }

  /** Does it again and again until the signal aborts; never rejects. */
  async repeat(
    name: string,
    { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
    work: () => Promise<void> | void,
    signal: AbortSignal = this.#signal,
  ): Promise<void> {
    await sleep(firstMs, signal);
    while (!signal.aborted && !this.#isLost) {
      await this.attempt(name, work);
      await sleep(everyMs, signal);
    }
  }

  async attempt(name: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#signal.aborted || !isAbort(error)) this.#options.log.warn({ error }, `${name} failed`);
    }
  }

  look(): void {
    const { file } = this.#store.sqlite;
    const state = this.#store.sqlite.fileState();
    if (state === "same") return;
    this.#lose(
      `the database ${file} was ${state === "missing" ? "deleted" : "replaced"} while it was in use; what came ` +
        "since the copy that is there now was made is not in it: stop the supervisor first, then restore",
    );
  }

  /** Keeps the main file a minute behind at most, for whoever copies it, and all files from looking forgotten. */
  async checkpointWhereDue(): Promise<void> {
    const { sqlite, writer } = this.#store;
    const now = this.#options.clock.monotonic();
    const request = this.#checkpoints.due(now, sqlite.isWhole);
    if (request === undefined) return;
    const end = await writer.checkpoint(request);
    this.#checkpoints.ended(now, end);
    if (request.isForced) sqlite.touch();
    if (end.kind === "failed") throw new Error(end.problem);
    if (end.kind === "foreign") this.look();
  }

  /** What was too big to be read through before its use is read now. */
  async check(): Promise<void> {
    const { sqlite } = this.#store;
    const { checker, log } = this.#options;
    if (sqlite.isReadThrough || checker === undefined) return;
    const began = this.#options.clock.monotonic();
    this.state = "reading";
    const [damage] = await checkInThread(checker, { file: sqlite.file, depth: "quick" }, this.#signal);
    const ms = Math.round(this.#options.clock.monotonic() - began);
    this.state = damage === undefined ? "sound" : "damaged";
    if (damage === undefined) {
      log.info({ duration_ms: ms }, "the database was read through and is sound");
      return;
    }
    sqlite.distrust();
    this.#lose(describeDamage(sqlite.file, damage));
  }

  backUp(signal: AbortSignal): Promise<BackupResult> {
    return this.#inTurn(async () => {
      // what somebody else put there, or what is damaged, may not take the place of the last good backup
      if (this.#isLost) return { kind: "skipped", reason: "the database is lost or damaged; the last backup stays" };
      const { file } = this.#store.sqlite;
      const result = await backUp(file, { signal });
      if (result.kind === "made")
        this.#options.log.info({ file: `${file}.backup`, size_bytes: result.sizeBytes }, "the database was backed up");
      else this.#options.log.warn({ reason: result.reason }, "no backup of the database was made");
      return result;
    });
  }

  /** Reads all of it, indexes too; in a thread of its own where there is one, so that nobody waits for it. */
  async findDamage(signal: AbortSignal): Promise<readonly string[]> {
    const { checker } = this.#options;
    const request = { file: this.#store.sqlite.file, depth: "full" } as const;
    const damage =
      checker === undefined ? findDamage(request.file, request.depth) : await checkInThread(checker, request, signal);
    this.state = damage.length > 0 ? "damaged" : "sound";
    if (damage.length > 0) this.#options.log.error({ damage }, "the database is damaged");
    return damage;
  }

  async backUpLast(): Promise<void> {
    if (this.#isLost || statSync(this.#store.sqlite.file).size > LAST_BACKUP.bytes) return;
    await this.backUp(AbortSignal.timeout(LAST_BACKUP.ms));
  }

  backupAgeMs(): number {
    const made = statSync(`${this.#store.sqlite.file}.backup`, { throwIfNoEntry: false });
    return made === undefined ? Number.POSITIVE_INFINITY : this.#options.clock.now() - made.mtimeMs;
  }

  prune({ olderThanMs, isDryRun }: Parameters<DatabaseMaintenance["prune"]>[0]): Promise<PruneCounts | undefined> {
    const { clock, followedFrom, savePlaces, log } = this.#options;
    return this.#inTurn(async () => {
      if (this.#hasClockJumped()) {
        log.warn("the clock was set; nothing is pruned until it has been right for a while");
        return undefined;
      }
      await savePlaces();
      const before = clock.now() - olderThanMs;
      const counts = await prune(
        (place) => pruneStep(this.#store, place, { before, limit: STEP_ROWS, upTo: followedFrom(), isDryRun }),
        this.#signal,
      );
      const waitsFor = isDryRun ? undefined : await followerInTheWay(this.#store, before);
      if (waitsFor !== undefined)
        log.warn(
          { follower: waitsFor.name, problem: waitsFor.problem },
          "old events stay that a follower has not done",
        );
      if (!isDryRun && Object.values(counts).some((count) => count > 0))
        log.info({ ...counts }, "old rows were pruned");
      return counts;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  #hasClockJumped(): boolean {
    const { clock } = this.#options;
    const before = this.#clockOffset;
    this.#clockOffset = clock.now() - clock.monotonic();
    return Math.abs(this.#clockOffset - before) > CLOCK_JUMP_MS;
  }

  #lose(reason: string): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#options.onLost(reason);
  }
}

function isAbort(error: unknown): boolean {
  return (error as { readonly name?: unknown }).name === "AbortError";
}
