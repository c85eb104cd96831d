import { randomInt } from "node:crypto";
import { readSync } from "node:fs";

/** What the first 100 bytes of a database's main file say; https://sqlite.org/fileformat.html#the_database_header */
export interface FileHeader {
  /** which life of a database wrote this file, kept where SQLite leaves room for it: `PRAGMA user_version` */
  readonly stamp: number;
  /** whether it is a backup that nobody has used yet: `PRAGMA application_id` */
  readonly isBackup?: boolean;
  /** how long the file is, unless its WAL says otherwise; undefined where the header does not know */
  readonly sizeBytes: number | undefined;
}

const MAGIC = "SQLite format 3\0";

/** What a backup has in its header, until it is used as a database. */
export const BACKUP_MARK = 0x48_41_4c_62;

/** Reads the header of an open file; undefined where it is none of a database. */
export function readHeader(fd: number): FileHeader | undefined {
  const bytes = Buffer.alloc(100);
  const length = readSync(fd, bytes, 0, 100, 0);
  if (length < 100 || bytes.toString("latin1", 0, 16) !== MAGIC) return undefined;
  const pageSize = pageSizeOf(bytes.readUInt16BE(16));
  const countIsValid = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    stamp: bytes.readInt32BE(60),
    isBackup: bytes.readInt32BE(68) === BACKUP_MARK,
    sizeBytes: countIsValid ? pageSize * bytes.readUInt32BE(28) : undefined,
  };
}

/** A stamp that no other life, and no backup, has. Those that follow it in its life have room above it. */
export function newStamp(): number {
  return randomInt(1, 2 ** 30);
}

/** SQLite writes 65,536 as 1. */
function pageSizeOf(written: number): number {
  return written === 1 ? 65_536 : written;
}

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

/**
 * The stamps in a WAL's copies of the first page: whose WAL it is. Empty where it holds no such page. Only what
 * belongs to the WAL's present round counts; what lies behind it is from an earlier one.
 */
export function stampsInWal(fd: number): Set<number> {
  const stamps = new Set<number>();
  const header = Buffer.alloc(WAL_HEADER);
  if (readSync(fd, header, 0, WAL_HEADER, 0) < WAL_HEADER) return stamps;
  const pageSize = pageSizeOf(header.readUInt32BE(8));
  const salts = header.subarray(16, 24);
  const frame = Buffer.alloc(FRAME_HEADER + 64);
  for (let at = WAL_HEADER; readSync(fd, frame, 0, frame.length, at) === frame.length; at += FRAME_HEADER + pageSize) {
    if (!frame.subarray(8, 16).equals(salts)) break;
    if (frame.readUInt32BE(0) === 1) stamps.add(frame.readInt32BE(FRAME_HEADER + 60));
  }
  return stamps;
}
