import { errorWords } from "../../error-words.ts";
import { isStorageProblem } from "../../storage-problem.ts";
import type { Appended } from "../append-tally.ts";
import type { EventsFrame } from "./read-frame.ts";
import { appendFrame, type Taken, appendSoundFrame } from "./append-frame.ts";
import type { WriteRequest } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { WRITES } from "../writes.ts";

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

/** How one part of a group is done. */
interface Way {
  write(db: WriterDatabase, request: WriteRequest): Attempt<unknown>;
  frame(db: WriterDatabase, frame: EventsFrame): Attempt<Taken>;
}

/** Without a way back from each part, which costs a copy of every page that it changes: what fails fails the whole group. */
const TOGETHER: Way = {
  write: (db, request) => ({ ok: true, value: write(db, request) }),
  frame: (db, frame) => ({ ok: true, value: appendSoundFrame(db, frame) }),
};

/** A part that fails takes nothing else with it. */
const ONE_BY_ONE: Way = {
  write: (db, request) => attempt(() => db.atomically(() => write(db, request))),
  frame: (db, frame) => attempt(() => appendFrame(db, frame)),
};

/**
 * Does a group in one transaction. A part that fails takes nothing else with it, unless the database itself failed: parts fail
 * seldom, so all is done together first, and one by one only where that did not go.
 */
export function commitGroup(db: WriterDatabase, group: Group): GroupResult {
  try {
    return commitBy(TOGETHER, db, group);
  } catch (error) {
    if (isStorageProblem(error)) return { committed: false, problem: problemOf(error) };
  }
  try {
    return commitBy(ONE_BY_ONE, db, group);
  } catch (error) {
    return { committed: false, problem: problemOf(error) };
  }
}

function commitBy(way: Way, db: WriterDatabase, { writes, frames }: Group): GroupResult {
  // what was not committed before is not told
  db.appended.take();
  const done = db.sqlite.driver
    .transaction(() => ({
      writes: writes.map((request) => way.write(db, request)),
      frames: frames.map((frame) => way.frame(db, frame)),
    }))
    .immediate();
  return { committed: true, ...done, appended: db.appended.take() };
}

function write(db: WriterDatabase, { name, args }: WriteRequest): unknown {
  const asked = WRITES.get(name);
  if (asked === undefined) throw new Error(`there is no write ${name}`);
  return asked.within(db, ...(args as readonly never[]));
}

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
