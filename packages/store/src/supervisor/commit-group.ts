import { errorWords } from "../error-words.ts";
import { isStorageProblem } from "../storage-problem.ts";
import type { Appended } from "./append-tally.ts";
import type { EventsFrame } from "./read-frame.ts";
import { takeFrame, type Taken } from "./take-frame.ts";
import type { WriterDatabase } from "./writer-database.ts";
import { type WriteRequest, WRITES } from "./writes.ts";

/** What is committed together. */
export interface Group {
  readonly writes: readonly WriteRequest[];
  readonly frames: readonly EventsFrame[];
}

/** An error as it travels between threads. */
export interface WriteProblem {
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
}

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: WriteProblem };

/** What became of each part of a group, in its order; `problem` where nothing of it was committed. */
export type GroupResult =
  | {
      readonly committed: true;
      readonly writes: readonly Attempt<unknown>[];
      readonly frames: readonly Attempt<Taken>[];
      /** undefined where it appended nothing and ended nothing */
      readonly appended: Appended | undefined;
    }
  | { readonly committed: false; readonly problem: WriteProblem };

/** Does a group in one transaction. A part that fails takes nothing else with it, unless the database itself failed. */
export function commitGroup(db: WriterDatabase, group: Group): GroupResult {
  // what a group before it did not commit is not told
  db.appended.take();
  try {
    const done = db.sqlite.driver
      .transaction(() => ({
        writes: group.writes.map(({ name, args }) =>
          attempt(() => db.atomically(() => (WRITES[name] as Write)(db, ...args))),
        ),
        frames: group.frames.map((frame) => attempt(() => takeFrame(db, frame))),
      }))
      .immediate();
    return { committed: true, ...done, appended: db.appended.take() };
  } catch (error) {
    return { committed: false, problem: problemOf(error) };
  }
}

type Write = (db: WriterDatabase, ...args: readonly unknown[]) => unknown;

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    // SQLite may have undone the whole transaction: then nothing of the group is true
    if (isStorageProblem(error)) throw error;
    return { ok: false, problem: problemOf(error) };
  }
}

function problemOf(error: unknown): WriteProblem {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  const { message, stack } = errorWords(error);
  return { message, code: typeof code === "string" ? code : undefined, stack };
}
