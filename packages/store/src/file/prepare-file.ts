import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { readHeader, stampsInWal } from "./file-header.ts";
import { depthForStart, findDamage } from "./integrity.ts";
import { type FileFacts, type Judgement, judgeFile } from "./judge-file.ts";
import type { StateFile } from "./state-file.ts";
import { StoreError } from "../store-error.ts";

/** A database that may be used. */
export interface PreparedFile {
  readonly stamp: number;
  /** somebody put it in the place of the file that was used last */
  readonly isRestored: boolean;
  /** false where it was too big to be read through before its use, and should be during it */
  readonly isReadThrough: boolean;
}

/**
 * Makes sure that a database may be used, before SQLite writes to it: refuses one that is damaged, or gone although
 * it has a backup, and sets aside a WAL that is another's. Undefined where there is no database yet.
 */
export function prepareFile(file: string, state: StateFile, warn: (text: string) => void): PreparedFile | undefined {
  const facts = factsOf(file);
  const backup = `${file}.backup`;
  if (facts === undefined || facts.sizeBytes === 0) {
    if (existsSync(backup))
      throw new StoreError(
        `the database ${file} is ${facts === undefined ? "gone" : "empty"}, and it has a backup: restore it with ` +
          `\`cp ${quote(backup)} ${quote(file)}\`, or move the backup away to begin anew`,
      );
    setWalAside(file, warn);
    return undefined;
  }
  const judgement = judgeFile(facts, state.read());
  if (facts.header === undefined) throw damaged(file, "it is no database");
  if (judgement.wal === "foreign") setWalAside(file, warn);
  if (judgement.isCut) throw damaged(file, "its end is missing");
  const isRestored = judgement.origin === "replaced";
  if (isRestored) warn(`the database ${file} is not the file that was used last: it was restored`);
  const isReadThrough = judgement.origin === "closed" || lookForDamage(file, facts.sizeBytes, judgement);
  return { stamp: facts.header.stamp, isRestored, isReadThrough };
}

/** Whether all of it was read; throws for what is damaged. */
function lookForDamage(file: string, sizeBytes: number, { origin }: Judgement): boolean {
  const depth = depthForStart(sizeBytes, origin !== "crashed");
  const [damage] = findDamage(file, depth);
  if (damage !== undefined) throw damaged(file, damage);
  return depth !== "ends";
}

/** Sets aside what would destroy a database when it is opened, and looks no further. */
export function dropForeignWal(file: string, state: StateFile, warn: (text: string) => void): void {
  const facts = factsOf(file);
  if (facts?.header !== undefined && judgeFile(facts, state.read()).wal === "foreign") setWalAside(file, warn);
}

/** What there is, read without SQLite and before it: opening a file twice in one process would lose SQLite's locks. */
function factsOf(file: string): FileFacts | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const { size: sizeBytes, mtimeMs } = stats;
  return { header: withFile(file, readHeader), sizeBytes, mtimeMs, wal: walOf(file) };
}

function walOf(file: string): ReadonlySet<number> | undefined {
  const wal = `${file}-wal`;
  const stats = statSync(wal, { throwIfNoEntry: false });
  return stats === undefined || stats.size === 0 ? undefined : withFile(wal, stampsInWal);
}

function withFile<T>(file: string, read: (fd: number) => T): T {
  const fd = openSync(file, "r");
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

/** A WAL beside a file that it was not written for would be put into that file, and destroy it. */
function setWalAside(file: string, warn: (text: string) => void): void {
  const wal = `${file}-wal`;
  rmSync(`${file}-shm`, { force: true });
  if ((statSync(wal, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    rmSync(wal, { force: true });
    return;
  }
  const aside = `${wal}.discarded-${timestamp()}`;
  renameSync(wal, aside);
  warn(`${wal} belongs to another database than ${file} and was set aside as ${aside}`);
}

function damaged(file: string, what: string): StoreError {
  return new StoreError(describeDamage(file, what), { code: "SQLITE_CORRUPT" });
}

/** One line that says what is wrong with a database, with the command that helps. */
export function describeDamage(file: string, what: string): string {
  const backup = `${file}.backup`;
  const help = existsSync(backup)
    ? `restore its backup with \`cp ${quote(backup)} ${quote(file)}\``
    : `restore a backup of yours, or move it away with \`mv ${quote(file)} ${quote(`${file}.damaged`)}\` to begin anew`;
  return `the database ${file} is damaged (${what.replaceAll(/\s+/g, " ")}); it was left as it is: ${help}`;
}

/** For names of files: `20260131T235959Z`. */
export function timestamp(): string {
  return new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** As a shell takes it. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
