import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { FileMarks } from "../domain/restart.ts";
import { HANDOVER_FILES } from "./handover-texts.ts";

/** What the files of a handover are now, so that it is known later which were written since. */
export async function markFiles(directory: string): Promise<FileMarks> {
  const marks = await Promise.all(HANDOVER_FILES.map(async (file) => [file, await markOf(join(directory, file))]));
  return Object.fromEntries(marks.filter(([, mark]) => mark !== undefined)) as FileMarks;
}

/** The files that are not there, or are as they were. */
export async function unwrittenSince(directory: string, before: FileMarks): Promise<string[]> {
  const now = await markFiles(directory);
  return HANDOVER_FILES.filter((file) => now[file] === undefined || now[file] === before[file]);
}

async function markOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeNs, ino, size } = await stat(path, { bigint: true });
    return `${mtimeNs}/${ino}/${size}`;
  } catch {
    return undefined; // it is not there, or nobody lets this agent see it
  }
}
