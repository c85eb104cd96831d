import type { FileHeader } from "./file-header.ts";
import type { Remembered } from "./state-file.ts";

/** What is known of a database before SQLite touches it. */
export interface FileFacts {
  /** undefined where the file is empty or none of a database */
  readonly header: FileHeader | undefined;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** undefined where there is no WAL, or an empty one; else the stamps it holds */
  readonly wal: ReadonlySet<number> | undefined;
}

/** What may be done with a database. */
export interface Judgement {
  /**
   * `closed`: as it was closed in order; `crashed`: its process died; `suspect`: damage was found while it was in use;
   * `replaced`: somebody put another file there
   */
  readonly origin: "closed" | "crashed" | "suspect" | "replaced" | "unknown";
  /** `apply`: SQLite may put it into the file; `foreign`: it is another database's and would destroy this one */
  readonly wal: "none" | "apply" | "foreign";
  /** the file is shorter than its own header says */
  readonly isCut: boolean;
}

/** So many checkpoints a power cut may have taken from the memory, and more: the system writes it within seconds. */
const FORGOTTEN = 1_024;

/** Whether a main file with this stamp may be the one that is remembered. */
export function isStampOf(stamp: number, { stamps, isCounted }: Remembered): boolean {
  const [main] = stamps;
  if (isCounted !== true || main === undefined) return stamps.includes(stamp);
  return stamp >= main && stamp <= main + FORGOTTEN;
}

/** Says what became of a database since it was used last. Pure. */
export function judgeFile(facts: FileFacts, remembered: Remembered | undefined): Judgement {
  const wal = facts.wal === undefined ? "none" : walOf(facts.wal, facts.header, remembered);
  const origin = originOf(facts, remembered, wal);
  // a crash in the middle of a checkpoint leaves a short file, which its WAL completes
  const isCut = wal !== "apply" && facts.sizeBytes < (facts.header?.sizeBytes ?? 0);
  return { origin, wal, isCut };
}

function originOf(
  { header, sizeBytes, mtimeMs, wal: stampsInWal }: FileFacts,
  remembered: Remembered | undefined,
  wal: Judgement["wal"],
): Judgement["origin"] {
  // wherever it was brought to, with or without a memory beside it
  if (header?.isBackup === true) return "replaced";
  if (remembered === undefined) return "unknown";
  if (header === undefined || !isStampOf(header.stamp, remembered)) return "replaced";
  const { closed, isSuspect } = remembered;
  if (isSuspect === true) return "suspect";
  if (closed === undefined) return isOlder(header.stamp, remembered, wal) ? "replaced" : "crashed";
  return closed.sizeBytes === sizeBytes && closed.mtimeMs === mtimeMs && stampsInWal === undefined
    ? "closed"
    : "replaced";
}

/** Whether a database that was not closed lacks what was committed last: the WAL of one in use is never empty, and its own. */
function isOlder(stamp: number, { stamps, isCounted }: Remembered, wal: Judgement["wal"]): boolean {
  // another program that was the last to close it has moved the WAL into it, and with that the next stamp
  return isCounted === true && (wal === "foreign" || (wal === "none" && stamp === stamps[0]));
}

/**
 * A WAL says nothing of the file it belongs to, but its copies of the first page carry that file's stamp, or the one
 * that comes next in its life.
 */
function walOf(
  stamps: ReadonlySet<number>,
  header: FileHeader | undefined,
  remembered: Remembered | undefined,
): Judgement["wal"] {
  if (header === undefined) return "foreign";
  if (stamps.has(header.stamp) || stamps.has(header.stamp + 1)) return "apply";
  const isUnnamed = stamps.size === 0;
  if (remembered === undefined) return isUnnamed ? "apply" : "foreign";
  if (!isStampOf(header.stamp, remembered)) return "foreign";
  if (remembered.isCounted !== true) return "apply";
  // in front of all that goes on from the remembered file is its next stamp
  return isUnnamed && header.stamp !== remembered.stamps[0] ? "apply" : "foreign";
}
