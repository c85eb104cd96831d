import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { inLines } from "@hal/protocol/text";

/** The beginning of a file, and when that was written; a time that is none that can be told is left out. */
export interface Beginning {
  readonly text: string;
  readonly writtenAt: number | undefined;
}

/**
 * The beginning of a file in a directory; undefined where there is none that may be read: a regular file whose real path lies in
 * the directory. No pipe and no device is waited for.
 */
export async function readInside(directory: string, file: string, mostBytes: number): Promise<Beginning | undefined> {
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, file));
    if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return undefined;
    return await readRegular(path, mostBytes);
  } catch {
    return undefined; // it is not there, or nobody lets this agent read it
  }
}

async function readRegular(path: string, mostBytes: number): Promise<Beginning | undefined> {
  const seen = await stat(path);
  if (!seen.isFile()) return undefined;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = await file.stat();
    // somebody may have put another one there meanwhile
    if (!opened.isFile() || opened.ino !== seen.ino || opened.dev !== seen.dev || (await realpath(path)) !== path)
      return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    const text = inLines(new TextDecoder().decode(buffer.subarray(0, bytesRead)));
    return { text, writtenAt: writtenAt(opened.mtimeMs) };
  } finally {
    await file.close();
  }
}

/** A file may have a time before 1970. */
function writtenAt(ms: number): number | undefined {
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : undefined;
}
