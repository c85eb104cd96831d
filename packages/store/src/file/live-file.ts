import { chmodSync, closeSync, existsSync, fstatSync, openSync, statSync, utimesSync } from "node:fs";
import type Database from "better-sqlite3";
import type { Stamps } from "./checkpointer.ts";
import { newStamp, readHeader } from "./file-header.ts";
import { isStampOf } from "./judge-file.ts";
import type { Remembered, StateFile } from "./state-file.ts";

/** Whether the file that a process has open is still the one under its name. */
export type FileState = "same" | "replaced" | "missing";

/**
 * A database's main file while it is in use. Its header carries a stamp of this life, so that a file copied over it
 * is known for what it is, although name and inode are the same.
 */
export class LiveFile {
  readonly #file: string;
  readonly #state: StateFile;
  /** open from before SQLite opens the file until after it closed it: closing any sooner would lose SQLite's locks */
  readonly fd: number;
  #remembered: Remembered = { stamps: [], closed: undefined };

  constructor(file: string, state: StateFile) {
    this.#file = file;
    this.#state = state;
    const isNew = statSync(file, { throwIfNoEntry: false }) === undefined;
    this.fd = openSync(file, isNew ? "a+" : "r", 0o640);
    if (isNew) chmodSync(file, 0o640);
  }

  /** Begins a life: whoever has the file's earlier stamp has an older copy from now on. */
  begin(driver: Database.Database, before: number | undefined): Stamps {
    const main = newStamp();
    driver.pragma("application_id = 0");
    // both count, until the file itself has the new one
    this.#remember({ stamps: before === undefined ? [main] : [before, main] });
    driver.pragma(`user_version = ${main}`);
    driver.pragma("wal_checkpoint(TRUNCATE)");
    // somebody else reads it: the WAL stays as it is until the first checkpoint
    if (before !== undefined && readHeader(this.fd)?.stamp !== main) return { main: before, next: main };
    driver.pragma(`user_version = ${main + 1}`);
    this.#remember({ stamps: [main], isCounted: true });
    return { main, next: main + 1 };
  }

  /** A checkpoint gave the main file its next stamp. */
  moved(stamp: number): void {
    if (this.#remembered.isCounted === true && this.#remembered.stamps[0] === stamp) return;
    this.#remembered = { ...this.#remembered, stamps: [stamp], isCounted: true };
    this.#state.note(this.#remembered);
  }

  /** Marks what lies beside the main file as new: SQLite, which has it in memory, need not do that for months. */
  touch(): void {
    const now = new Date();
    const beside = `${this.#file}-shm`;
    if (existsSync(beside)) utimesSync(beside, now, now);
    this.#state.note(this.#remembered);
  }

  state(): FileState {
    const now = statSync(this.#file, { throwIfNoEntry: false });
    if (now === undefined) return "missing";
    const mine = fstatSync(this.fd);
    if (now.ino !== mine.ino || now.dev !== mine.dev) return "replaced";
    const header = readHeader(this.fd);
    return header !== undefined && isStampOf(header.stamp, this.#remembered) ? "same" : "replaced";
  }

  /** Remembers that damage was found in it. */
  distrust(): void {
    this.#remember({ ...this.#remembered, isSuspect: true });
  }

  /** To be called when no connection of this process is open any more. */
  recordClosed(): void {
    const { size, mtimeMs } = fstatSync(this.fd);
    const stamp = readHeader(this.fd)?.stamp;
    const { stamps, isSuspect } = this.#remembered;
    this.#state.write({
      stamps: stamp !== undefined && isStampOf(stamp, this.#remembered) ? [stamp] : stamps,
      closed: { sizeBytes: size, mtimeMs },
      isSuspect,
    });
  }

  release(): void {
    closeSync(this.fd);
  }

  #remember(remembered: Omit<Remembered, "closed">): void {
    this.#remembered = { ...remembered, closed: undefined };
    this.#state.write(this.#remembered);
  }
}
