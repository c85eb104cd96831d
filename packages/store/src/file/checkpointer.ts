import type Database from "better-sqlite3";
import { readHeader } from "./file-header.ts";

/** What is asked of a checkpoint. */
export interface CheckpointRequest {
  /** also where nothing was written since the last one, so that the file does not look forgotten */
  readonly isForced: boolean;
}

/** What a checkpoint came to. */
export type CheckpointEnd =
  /**
   * the main file has this stamp, and is a database by itself, as of this moment; `isWhole` false: somebody read what was
   * there before, SQLite moved a part, and without its WAL the file is nothing until the next checkpoint that is whole
   */
  | { readonly kind: "moved"; readonly stamp: number; readonly isWhole: boolean }
  /** nothing was written since the last one */
  | { readonly kind: "nothing" }
  /** another file has taken the place of the main file, and was not touched */
  | { readonly kind: "foreign" }
  | { readonly kind: "failed"; readonly problem: string };

/** The stamp of a database's main file, and the one that its WAL has for it. */
export interface Stamps {
  readonly main: number;
  readonly next: number;
}

/**
 * How far the WAL may grow before it is moved into the main file, in pages of 4 KB. Each such move takes tens of
 * milliseconds: at SQLite's own 1,000 that is one in fifty commits at 10,000 events a second, and at this one in two hundred.
 */
export const WAL_PAGES = 4_000;

/**
 * Moves what was committed from the WAL into the main file, for the one connection that writes.
 *
 * What holds here:
 *
 * - L1 The main file is looked at before anything is moved: into a file that was copied over it nothing is.
 * - L2 Each stamp stands for one content of the main file, where checkpoints are whole. The next one lies in the WAL in
 *   front of all that is written since, and comes into the main file with it: so both say that they belong together, and
 *   a copy of the main file says which one it is.
 * - L3 Nobody is waited for: what could not be moved because somebody reads is moved the next time.
 */
export class Checkpointer {
  readonly #driver: Database.Database;
  readonly #fd: number;
  #stamps: Stamps;
  /** how long the WAL is while nothing is behind the next stamp in it; undefined where there is */
  #emptyLog: number | undefined;

  /** `fd` is the main file, opened before SQLite opened it. */
  constructor(driver: Database.Database, fd: number, stamps: Stamps) {
    this.#driver = driver;
    this.#fd = fd;
    this.#stamps = stamps;
    // where somebody read the file as it was opened, its first stamp is still on its way
    this.#emptyLog = stamps.next === stamps.main + 1 ? this.#look().log : undefined;
  }

  checkpoint({ isForced }: CheckpointRequest): CheckpointEnd {
    const found = this.#stampInFile();
    if (found === undefined) return { kind: "foreign" };
    if (!isForced && found === this.#stamps.main && this.#look().log === this.#emptyLog) return { kind: "nothing" };
    return this.#move("TRUNCATE");
  }

  /** The same where the WAL has become long, and only there; to be called after each commit. */
  relieve(): CheckpointEnd | undefined {
    const { log, checkpointed } = this.#look();
    if (log - checkpointed < WAL_PAGES) return undefined;
    return this.#stampInFile() === undefined ? { kind: "foreign" } : this.#move("PASSIVE");
  }

  #move(afterwards: "PASSIVE" | "TRUNCATE"): CheckpointEnd {
    const isWhole = this.#run("PASSIVE");
    const stamp = this.#stampInFile(); // L1: once more, in case that it came in between
    if (stamp === undefined) return { kind: "foreign" };
    if (stamp === this.#stamps.next) {
      if (isWhole && afterwards === "TRUNCATE") this.#run("TRUNCATE");
      this.#begin({ main: stamp, next: stamp + 1 });
    }
    this.#emptyLog = isWhole ? this.#look().log : undefined;
    return { kind: "moved", stamp, isWhole };
  }

  /** L2 */
  #begin(stamps: Stamps): void {
    this.#driver.pragma(`user_version = ${stamps.next}`);
    this.#stamps = stamps;
  }

  /** Whether all of the WAL was moved. */
  #run(mode: "PASSIVE" | "TRUNCATE"): boolean {
    const patience = this.#driver.pragma("busy_timeout", { simple: true }) as number;
    this.#driver.pragma("busy_timeout = 0"); // L3
    try {
      const { busy, log, checkpointed } = this.#pragma(mode);
      return busy === 0 && log === checkpointed;
    } finally {
      this.#driver.pragma(`busy_timeout = ${patience}`);
    }
  }

  /** How long the WAL is, in pages, and how much of it is in the main file. */
  #look(): { readonly log: number; readonly checkpointed: number } {
    return this.#pragma("NOOP");
  }

  #pragma(mode: "NOOP" | "PASSIVE" | "TRUNCATE") {
    const [row] = this.#driver.pragma(`wal_checkpoint(${mode})`) as Record<"busy" | "log" | "checkpointed", number>[];
    if (row === undefined) throw new Error("SQLite says nothing of its WAL");
    return row;
  }

  /** Undefined where the file is not the one that this connection writes. */
  #stampInFile(): number | undefined {
    const stamp = readHeader(this.#fd)?.stamp;
    return stamp === this.#stamps.main || stamp === this.#stamps.next ? stamp : undefined;
  }
}
