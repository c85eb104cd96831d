import type { CheckpointEnd, CheckpointRequest } from "./checkpointer.ts";

/** What was written comes into the main file after so long: with all that a checkpoint takes, a copy is a minute old at most. */
const WRITTEN_MS = 50_000;

/** Where nothing is written, the files are marked as new after so long: `find -mtime` takes what looks forgotten. */
const IDLE_MS = 3_600_000;

/** When a database needs its next checkpoint, by a monotonic clock. Pure. */
export class CheckpointSchedule {
  #askedAt: number;
  #movedAt: number;
  #hasFailed = false;

  constructor(now: number) {
    this.#askedAt = now;
    this.#movedAt = now;
  }

  /** What is to be asked for now; undefined where nothing is. `isWhole` false asks at once: whoever was in the way may be gone. */
  due(now: number, isWhole: boolean): CheckpointRequest | undefined {
    if ((isWhole || this.#hasFailed) && now - this.#askedAt < WRITTEN_MS) return undefined;
    this.#askedAt = now;
    return { isForced: now - this.#movedAt >= IDLE_MS };
  }

  /** What that came to; one that failed is tried again after as long. */
  ended(now: number, { kind }: CheckpointEnd): void {
    this.#hasFailed = kind === "failed";
    if (kind === "moved") this.#movedAt = now;
  }
}
