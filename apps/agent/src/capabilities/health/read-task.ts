import { constants } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { inLines } from "@hal/protocol/text";
import type { Task } from "./domain/pulse.ts";
import { taskLines } from "./domain/task-lines.ts";

const TASK_FILE = join(".context", "CURRENT_TASK.md");

/** More of the file is not looked at. */
const MOST_BYTES = 8 * 1024;

/**
 * The first lines of the task file in a session's directory; undefined where there is none that may be read: a regular file whose
 * real path lies in the directory. No pipe and no device is waited for.
 */
export async function readTask(directory: string): Promise<Task | undefined> {
  try {
    const root = await realpath(directory);
    const path = await realpath(join(root, TASK_FILE));
    if (!path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) return undefined;
    return await readRegular(path);
  } catch {
    return undefined; // it is not there, or nobody lets this agent read it
  }
}

async function readRegular(path: string): Promise<Task | undefined> {
  const seen = await stat(path);
  if (!seen.isFile()) return undefined;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = await file.stat();
    // somebody may have put another one there meanwhile
    if (!opened.isFile() || opened.ino !== seen.ino || opened.dev !== seen.dev || (await realpath(path)) !== path)
      return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    const text = taskLines(inLines(new TextDecoder().decode(buffer.subarray(0, bytesRead))));
    return text === undefined ? undefined : { text, writtenAt: writtenAt(opened.mtimeMs) };
  } finally {
    await file.close();
  }
}

/** A file may have a time before 1970. */
function writtenAt(ms: number): number | undefined {
  return Number.isFinite(ms) && ms >= 0 ? Math.round(ms) : undefined;
}
