import { closeSync, openSync, rmSync } from "node:fs";
import Database from "better-sqlite3";
import { giveToOwnerOf } from "./give-to-owner.ts";
import { isDamage } from "./integrity.ts";
import { StoreError } from "../store-error.ts";

/** What is remembered of a database between two runs. */
export interface Remembered {
  /** stamps that its main file may have; two while one gives way to the next */
  readonly stamps: readonly number[];
  /**
   * the stamps of its life are counted up from the one that is remembered, which is the main file's, or, after a power
   * cut, one shortly before that; and its WAL is never empty while it is open
   */
  readonly isCounted?: boolean | undefined;
  /** the main file as an orderly close left it; undefined while it is open, and after a crash */
  readonly closed: { readonly sizeBytes: number; readonly mtimeMs: number } | undefined;
  /** damage was found while it was in use: it is read through before it is used again */
  readonly isSuspect?: boolean | undefined;
}

/** How long to wait for a process that is just about to end, in milliseconds. */
const BUSY_MS = 1_000;

/**
 * `<database>.state`: a memory beside the database, and its lock. It is a database of its own, held exclusively, so
 * that the operating system frees it when its holder dies, and other programs may still read the database itself.
 */
export class StateFile {
  readonly #driver: Database.Database;

  private constructor(driver: Database.Database) {
    this.#driver = driver;
  }

  /** Takes the state of a database; throws where another process has it. */
  static open(file: string): StateFile {
    const path = `${file}.state`;
    try {
      return new StateFile(openExclusively(path, file));
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (code?.startsWith("SQLITE_BUSY") === true)
        throw new StoreError(`the database ${file} is in use by another process; stop that first`, {
          cause: error,
          code,
        });
      if (!isDamage(error)) throw error;
      rmSync(path);
      return new StateFile(openExclusively(path, file));
    }
  }

  read(): Remembered | undefined {
    const row = this.#driver.prepare<[], { value: string }>("select value from state").get();
    return row === undefined ? undefined : (JSON.parse(row.value) as Remembered);
  }

  /** Is on the disk when it returns. */
  write(remembered: Remembered): void {
    this.#driver.prepare("insert or replace into state (id, value) values (1, ?)").run(JSON.stringify(remembered));
  }

  /** Outlives this process, but perhaps not a power cut; waits for no disk. */
  note(remembered: Remembered): void {
    this.#driver.pragma("synchronous = OFF");
    try {
      this.write(remembered);
    } finally {
      this.#driver.pragma("synchronous = FULL");
    }
  }

  close(): void {
    this.#driver.close();
  }
}

function openExclusively(path: string, like: string): Database.Database {
  closeSync(openSync(path, "a", 0o640));
  giveToOwnerOf(path, like);
  const driver = new Database(path, { timeout: BUSY_MS });
  try {
    driver.pragma("locking_mode = EXCLUSIVE");
    driver.pragma("journal_mode = MEMORY");
    driver.pragma("synchronous = FULL");
    driver.exec(
      "begin exclusive; create table if not exists state (id integer primary key, value text not null); commit",
    );
    return driver;
  } catch (error) {
    driver.close();
    throw error;
  }
}
