import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a file for the agent alone, at once and for good: when it returns, the file survives a power cut. */
export function writeSynced(file: string, text: string): void {
  synced(`${file}.new`, "w", (handle) => writeSync(handle, text));
  renameSync(`${file}.new`, file);
  synced(dirname(file), "r", () => undefined);
}

function synced(path: string, flags: "w" | "r", work: (handle: number) => unknown): void {
  const handle = openSync(path, flags, 0o600);
  try {
    work(handle);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
