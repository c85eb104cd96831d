import { copyFileSync, chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { giveToOwnerOf } from "./give-to-owner.ts";
import { findDamage } from "./integrity.ts";
import { dropForeignWal, timestamp } from "./prepare-file.ts";
import { StateFile } from "./state-file.ts";
import { StoreError } from "../store-error.ts";

/** Whether a program runs on a database. Where none does, none can begin to until `Symbol.dispose`. */
export interface Hold extends Disposable {
  readonly isInUse: boolean;
}

/** Takes a database that nobody uses, and makes it safe to open. A tool may read one that is in use, too. */
export function holdDatabase(file: string, warn: (text: string) => void): Hold {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}`);
  try {
    const state = StateFile.open(file);
    dropForeignWal(file, state, warn);
    return { isInUse: false, [Symbol.dispose]: () => state.close() };
  } catch (error) {
    if (!isBusy(error)) throw error;
    return { isInUse: true, [Symbol.dispose]: () => undefined };
  }
}

/**
 * Puts a backup in a database's place, complete or not at all, and sets aside what was there. Refuses a backup that
 * is damaged or has none of these tables, and a database that is in use. Returns where the earlier one is now.
 */
export function restoreBackup(file: string, backup: string, tables: readonly string[]): string | undefined {
  if (!existsSync(backup)) throw new StoreError(`there is no backup ${backup}`);
  const state = StateFile.open(file);
  const incoming = `${file}.restoring`;
  try {
    copyFileSync(backup, incoming);
    chmodSync(incoming, 0o640);
    giveToOwnerOf(incoming, file);
    refuseUnusable(incoming, backup, tables);
    sync(incoming);
    const aside = setAside(file);
    renameSync(incoming, file);
    sync(dirname(file));
    return aside;
  } finally {
    for (const suffix of ["-wal", "-shm", ""]) rmSync(incoming + suffix, { force: true });
    state.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof StoreError && error.code?.startsWith("SQLITE_BUSY") === true;
}

function refuseUnusable(file: string, backup: string, tables: readonly string[]): void {
  const [damage] = findDamage(file, "full");
  if (damage !== undefined) throw new StoreError(`the backup ${backup} is damaged (${damage}); nothing was changed`);
  const driver = new Database(file, { readonly: true });
  try {
    const present = driver.prepare("select name from sqlite_schema where type = 'table'").pluck().all();
    if (!tables.every((table) => present.includes(table)))
      throw new StoreError(`${backup} is no backup of this program's database; nothing was changed`);
  } finally {
    driver.close();
  }
}

/** A WAL goes with its file, so that both can be put back. */
function setAside(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const aside = `${file}.replaced-${timestamp()}`;
  for (const suffix of ["-wal", "-shm", ""]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  return aside;
}

function sync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
