import { accessSync, constants, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { ProjectReport } from "@hal/protocol";
import { accessFix } from "./domain/access-fix.ts";
import { readClaim } from "./read-claim.ts";

/** A project as it is configured. */
export interface ConfiguredProject {
  readonly name: string;
  readonly directory: string;
  readonly critical?: boolean;
}

/** The state of each project's directory as this process may use it: a state with a reason, never a crash. */
export function checkProjects(projects: readonly ConfiguredProject[]): ProjectReport[] {
  return projects.map(({ name, directory, critical = false }) => ({
    name,
    directory,
    ...checkDirectory(directory),
    ...(critical ? { critical } : {}),
  }));
}

function checkDirectory(directory: string): Pick<ProjectReport, "state" | "reason" | "git"> {
  try {
    if (!statSync(directory).isDirectory()) return { state: "inaccessible", reason: `${directory} is not a directory` };
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const claim = readClaim(directory);
    return { state: "ready", ...(claim === undefined ? {} : { git: claim }) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing", reason: `${directory} does not exist` };
    const user = userName();
    const fix =
      code === "EROFS"
        ? "its file system is read-only; mount it for writing, or look at ProtectSystem in the unit"
        : accessFix({ directory, user, closed: closedAbove(directory), isForGroup: isForGroup(directory) });
    return { state: "inaccessible", reason: `${user} has no access to ${directory} (${code ?? "?"}); ${fix}` };
  }
}

/** The folders above a directory, from the first one that lets this process not through. */
function closedAbove(directory: string): string[] {
  const above: string[] = [];
  for (let at = dirname(directory); at !== dirname(at); at = dirname(at)) above.unshift(at);
  const first = above.findIndex((folder) => {
    try {
      accessSync(folder, constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
  return first === -1 ? [] : above.slice(first);
}

function isForGroup(directory: string): boolean {
  try {
    return (statSync(directory).mode & 0o070) === 0o070;
  } catch {
    return false; // it is not even seen
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "hal-agent"; // a user without a name
  }
}
