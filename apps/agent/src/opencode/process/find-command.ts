import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program that may be run, or undefined: as the shell would find it. */
export function findCommand(command: string, searchPath: string): string | undefined {
  const candidates = command.includes("/")
    ? [command]
    : searchPath
        .split(delimiter)
        .filter((directory) => directory !== "")
        .map((directory) => join(directory, command));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
