import { accessSync, constants, statSync } from "node:fs";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
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

/** A sentence where no interface of this machine has the address. */
export function adviceOnHost(host: string | undefined): string[] {
  if (host === undefined || isIP(host) === 0 || /^(127\.|0\.0\.0\.0$|::1?$)/.test(host)) return [];
  const known = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  return known.includes(host) ? [] : [`server.host: no interface of this machine has the address ${host}`];
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
