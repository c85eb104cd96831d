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

/** Says what became of a database since it was used last. Pure. */
export function judgeFile(facts: FileFacts, remembered: Remembered | undefined): Judgement {
  const origin = originOf(facts, remembered);
  const wal = facts.wal === undefined ? "none" : walOf(facts.wal, facts.header, remembered);
  // a crash in the middle of a checkpoint leaves a short file, which its WAL completes
  const isCut = wal !== "apply" && facts.sizeBytes < (facts.header?.sizeBytes ?? 0);
  return { origin, wal, isCut };
}

function originOf({ header, sizeBytes, mtimeMs, wal }: FileFacts, remembered: Remembered | undefined) {
  // wherever it was brought to, with or without a memory beside it
  if (header?.isBackup === true) return "replaced";
  if (remembered === undefined) return "unknown";
  if (header === undefined || !remembered.stamps.includes(header.stamp)) return "replaced";
  const { closed, isSuspect } = remembered;
  if (isSuspect === true) return "suspect";
  if (closed === undefined) return "crashed";
  return closed.sizeBytes === sizeBytes && closed.mtimeMs === mtimeMs && wal === undefined ? "closed" : "replaced";
}

/** A WAL says nothing of the file it belongs to, but its copies of the first page carry that file's stamp. */
function walOf(stamps: ReadonlySet<number>, header: FileHeader | undefined, remembered: Remembered | undefined) {
  if (header === undefined) return "foreign";
  if (stamps.has(header.stamp)) return "apply";
  if (remembered !== undefined) return remembered.stamps.includes(header.stamp) ? "apply" : "foreign";
  return stamps.size === 0 ? "apply" : "foreign";
}
