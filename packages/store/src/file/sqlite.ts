import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { drizzle, type BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { backUpNow } from "./backup.ts";
import { type CheckpointEnd, Checkpointer, type CheckpointRequest, type Stamps } from "./checkpointer.ts";
import { type FileState, LiveFile } from "./live-file.ts";
import { pendingMigrations } from "./migrations.ts";
import { prepareFile } from "./prepare-file.ts";
import { StateFile } from "./state-file.ts";
import { describeStorageProblem } from "../storage-problem.ts";
import { StoreError } from "../store-error.ts";

/** An open database: Drizzle for questions, the bare driver for transactions and pragmas. */
export interface Sqlite {
  readonly driver: Database.Database;
  readonly orm: BetterSQLite3Database;
  /**
   * checkpoints, so that the main file is complete by itself, and closes; where another file has taken its place
   * nothing is written, and what this process has open ends with the process
   */
  close(): void;
}

/** A database that this process uses. */
export interface SqliteInUse extends Sqlite {
  readonly file: string;
  /** false where it was too big to be read through before its use, and should be during it */
  readonly isReadThrough: boolean;
  /** whether the file is still the one that was opened */
  fileState(): FileState;
  /** remembers that damage was found: the file is read through before it is used again */
  distrust(): void;
  /** moves what was committed into the main file, where this connection is the one that writes */
  checkpoint(request: CheckpointRequest): CheckpointEnd;
  /** the same where the WAL has become long, and only there */
  relieve(): CheckpointEnd | undefined;
  /** what a connection that writes in the place of this one has to know of the file */
  readonly forWriter: { readonly file: string; readonly fd: number; readonly stamps: Stamps };
  /** hears of each checkpoint of that connection */
  noteCheckpoint(end: CheckpointEnd): void;
  /** whether the main file was a database by itself after the last checkpoint */
  readonly isWhole: boolean;
  /** marks the files as new: from time to time, so that none of them looks forgotten */
  touch(): void;
}

/** Runs `work` in one transaction, which commits when it returns and is undone when it throws. */
export function inTransaction<T>(store: { readonly sqlite: Sqlite }, work: () => T): T {
  return store.sqlite.driver.transaction(work).immediate();
}

export interface OpenOptions {
  readonly file: string;
  /** drizzle's migrations folder */
  readonly migrations: string;
  /** is done to a database that was restored before it is used; where the process dies in it, it is done again */
  readonly onRestored?: ((sqlite: Pick<Sqlite, "driver" | "orm">) => void) | undefined;
  /** hears in one line what an operator should know, and what was done about it */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * Opens a database so that a commit survives a power cut (WAL, `synchronous=FULL`), brings it to this program's
 * version in one transaction, after a copy beside it, and refuses one that is damaged, newer, or in use elsewhere.
 */
export function openSqlite(options: OpenOptions): SqliteInUse {
  const { file } = options;
  const releases: (() => void)[] = [];
  try {
    makeFolder(dirname(file));
    const state = StateFile.open(file);
    releases.unshift(() => state.close());
    const prepared = prepareFile(file, state, options.onWarning ?? (() => undefined));
    const live = new LiveFile(file, state);
    releases.unshift(() => live.release());
    const driver = new Database(file);
    releases.unshift(() => driver.close());
    const orm = bringUp(driver, { ...options, isNew: prepared === undefined });
    if (prepared?.isRestored === true) options.onRestored?.({ driver, orm });
    const stamps = live.begin(driver, prepared?.stamp);
    return inUse({ file, driver, orm, live, state, stamps, isReadThrough: prepared?.isReadThrough ?? true });
  } catch (error) {
    for (const release of releases) release();
    throw storeError(file, error);
  }
}

function bringUp(
  driver: Database.Database,
  { file, migrations, isNew }: OpenOptions & { readonly isNew: boolean },
): BetterSQLite3Database {
  driver.pragma("journal_mode = WAL");
  driver.pragma("synchronous = FULL");
  driver.pragma("foreign_keys = ON");
  driver.pragma("busy_timeout = 5000");
  const pending = pendingMigrations(driver, migrations, file);
  if (pending > 0 && !isNew) backUpNow(driver, `${file}.before-migration`, file);
  const orm = drizzle(driver);
  if (pending > 0) migrate(orm, { migrationsFolder: migrations });
  return orm;
}

/** Databases whose file was replaced: the end of their last reference would write into what took its place. */
const ABANDONED = new Set<Database.Database>();

function inUse(open: {
  readonly file: string;
  readonly driver: Database.Database;
  readonly orm: BetterSQLite3Database;
  readonly live: LiveFile;
  readonly state: StateFile;
  readonly stamps: Stamps;
  readonly isReadThrough: boolean;
}): SqliteInUse {
  const { file, driver, orm, live, state, stamps, isReadThrough } = open;
  const checkpointer = new Checkpointer(driver, live.fd, stamps);
  let isWhole = true;
  const noteCheckpoint = (end: CheckpointEnd | undefined): void => {
    if (end?.kind !== "moved") return;
    isWhole = end.isWhole;
    live.moved(end.stamp);
  };
  return {
    file,
    driver,
    orm,
    isReadThrough,
    fileState: () => live.state(),
    checkpoint(request) {
      const end = checkpointer.checkpoint(request);
      noteCheckpoint(end);
      return end;
    },
    relieve() {
      const end = checkpointer.relieve();
      noteCheckpoint(end);
      return end;
    },
    forWriter: { file, fd: live.fd, stamps },
    noteCheckpoint,
    get isWhole() {
      return isWhole;
    },
    touch: () => live.touch(),
    distrust: () => live.distrust(),
    close() {
      if (!driver.open) return;
      if (live.state() !== "same") {
        ABANDONED.add(driver);
        return;
      }
      driver.pragma("wal_checkpoint(TRUNCATE)");
      driver.close();
      live.recordClosed();
      live.release();
      state.close();
    },
  };
}

/** What a person can act on is a StoreError; anything else is a bug. */
function storeError(file: string, error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  if (typeof code !== "string") return error;
  const what = code.startsWith("SQLITE_") ? describeStorageProblem(code) : `${code} ${message}`;
  return new StoreError(`cannot open the database ${file}: ${what}`, { cause: error, code });
}

/** Step by step, because `recursive` never returns where a file system, such as /proc, says of a new folder that it is not there. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // somebody else made it meanwhile
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
