import { chmodSync, renameSync, rmSync } from "node:fs";
import { chmod, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { BACKUP_MARK, newStamp } from "./file-header.ts";
import { giveToOwnerOf } from "./give-to-owner.ts";

/** A backup that was made, or why there is none. */
export type BackupResult =
  | { readonly kind: "made"; readonly sizeBytes: number }
  | { readonly kind: "skipped"; readonly reason: string };

export interface BackupOptions {
  /** `<file>.backup`, unless said otherwise */
  readonly to?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** So much of the file's size must be free beside it: a backup may never be what fills the disk. */
const FREE_FACTOR = 2;

/**
 * Copies a database that may be in use, by this process or another, as it is at this moment. The copy is complete in
 * its one file, so that plain `cp` restores it, and takes the place of the one before in one step. Writers go on.
 */
export async function backUp(
  file: string,
  { to = `${file}.backup`, signal }: BackupOptions = {},
): Promise<BackupResult> {
  const { size } = await stat(file);
  const { bavail, bsize } = await statfs(dirname(to));
  const free = bavail * bsize;
  if (free < size * FREE_FACTOR)
    return { kind: "skipped", reason: `${mebibytes(free)} are free, and ${mebibytes(size * FREE_FACTOR)} should be` };
  const temporary = `${to}.tmp`;
  await rm(temporary, { force: true });
  try {
    await copySnapshot(file, temporary, signal);
    await chmod(temporary, 0o640);
    giveToOwnerOf(temporary, file);
    await sync(temporary);
    makeSelfContained(temporary);
    await rename(temporary, to);
    await sync(dirname(to));
    return { kind: "made", sizeBytes: (await stat(to)).size };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The same, at once, for the moment before a migration. Blocks for as long as it takes. */
export function backUpNow(driver: Database.Database, to: string, like: string): void {
  const temporary = `${to}.tmp`;
  rmSync(temporary, { force: true });
  // through SQLite: a plain copy opens and closes the file, and with that this process loses its locks
  driver.prepare("vacuum into ?").run(temporary);
  chmodSync(temporary, 0o640);
  giveToOwnerOf(temporary, like);
  makeSelfContained(temporary);
  renameSync(temporary, to);
}

/** An open read transaction holds the moment: without it each write elsewhere would begin the copy anew. */
async function copySnapshot(file: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  const reader = new Database(file, { readonly: true, fileMustExist: true });
  try {
    reader.exec("begin");
    reader.prepare("select 1 from sqlite_schema").get();
    await reader.backup(to, {
      progress() {
        signal?.throwIfAborted();
        return 100;
      },
    });
  } finally {
    reader.close();
  }
}

/** No WAL goes with it, its stamp is its own, and it says that it is a backup, so that it is not taken for the file it was copied from. */
function makeSelfContained(file: string): void {
  const driver = new Database(file);
  try {
    driver.pragma("journal_mode = DELETE");
    driver.pragma(`user_version = ${newStamp()}`);
    driver.pragma(`application_id = ${BACKUP_MARK}`);
  } finally {
    driver.close();
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}
