import { chmodSync, closeSync, fstatSync, openSync, statSync } from "node:fs";
import type Database from "better-sqlite3";
import { newStamp, readHeader } from "./file-header.ts";
import type { StateFile } from "./state-file.ts";

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
  readonly #fd: number;
  #stamps: readonly number[] = [];
  #isSuspect = false;

  constructor(file: string, state: StateFile) {
    this.#file = file;
    this.#state = state;
    const isNew = statSync(file, { throwIfNoEntry: false }) === undefined;
    this.#fd = openSync(file, isNew ? "a+" : "r", 0o640);
    if (isNew) chmodSync(file, 0o640);
  }

  /** Begins a life: whoever has the file's earlier stamp has an older copy from now on. */
  begin(driver: Database.Database, before: number | undefined): void {
    this.#stamps = before === undefined ? [] : [before];
    driver.pragma("application_id = 0");
    this.#moveOn(driver, "TRUNCATE");
  }

  /** Moves the WAL into the file and takes a new stamp, which also shows everybody that the file is in use. */
  renew(driver: Database.Database): void {
    if (this.state() === "same") this.#moveOn(driver, "PASSIVE");
  }

  state(): FileState {
    const now = statSync(this.#file, { throwIfNoEntry: false });
    if (now === undefined) return "missing";
    const mine = fstatSync(this.#fd);
    if (now.ino !== mine.ino || now.dev !== mine.dev) return "replaced";
    const header = readHeader(this.#fd);
    return header !== undefined && this.#stamps.includes(header.stamp) ? "same" : "replaced";
  }

  /** Remembers that damage was found in it. */
  distrust(): void {
    this.#isSuspect = true;
    this.#remember(this.#stamps);
  }

  /** To be called when no connection of this process is open any more. */
  recordClosed(): void {
    const { size, mtimeMs } = fstatSync(this.#fd);
    this.#state.write({ stamps: this.#stamps, closed: { sizeBytes: size, mtimeMs }, isSuspect: this.#isSuspect });
  }

  release(): void {
    closeSync(this.#fd);
  }

  #moveOn(driver: Database.Database, checkpoint: "PASSIVE" | "TRUNCATE"): void {
    const next = newStamp();
    const known = readHeader(this.#fd)?.stamp;
    // both count, until the file itself has the new one
    this.#remember([...this.#stamps.filter((stamp) => stamp === known), next]);
    driver.pragma(`user_version = ${next}`);
    driver.pragma(`wal_checkpoint(${checkpoint})`);
    if (readHeader(this.#fd)?.stamp === next) this.#remember([next]);
  }

  #remember(stamps: readonly number[]): void {
    this.#state.write({ stamps, closed: undefined, isSuspect: this.#isSuspect });
    this.#stamps = stamps;
  }
}
