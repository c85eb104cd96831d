import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StartupError } from "@hal/daemon";

/**
 * Looks, without touching anything, whether a database can be at this path. Where nobody could have one there it throws; where
 * only this user may not write it returns a sentence, because the service may be another one.
 */
export function judgeDatabasePlace(path: string): string[] {
  const file = resolve(path);
  for (let at = file; ; at = dirname(at)) {
    const found = statOf(at);
    if (found === undefined) continue;
    if (at === file && !found.isFile()) throw new StartupError(`database.path: ${file} is no file`);
    if (at !== file && !found.isDirectory())
      throw new StartupError(`database.path: ${file} cannot be made, because ${at} is no directory`);
    return mayWrite(at) ? [] : [`database.path: this user may not write ${at}; the supervisor's user must`];
  }
}

/** Undefined where nothing is there. */
function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (path === "/" || !["ENOENT", "ENOTDIR", "EACCES"].includes(code)) throw error;
    return undefined;
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
