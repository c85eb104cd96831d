import { join } from "node:path";
import type { Task } from "./domain/pulse.ts";
import { taskLines } from "./domain/task-lines.ts";
import { readInside } from "./read-inside.ts";

const TASK_FILE = join(".context", "CURRENT_TASK.md");

/** More of the file is not looked at. */
const MOST_BYTES = 8 * 1024;

/** The first lines of the task file in a session's directory; undefined where there is none that may be read, or it says nothing. */
export async function readTask(directory: string): Promise<Task | undefined> {
  const found = await readInside(directory, TASK_FILE, MOST_BYTES);
  const text = found && taskLines(found.text);
  return text === undefined ? undefined : { text, writtenAt: found?.writtenAt };
}
