import { statSync } from "node:fs";

/** Whether there is no such file for sure: one that may not be looked at is there, too. */
export function isMissing(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
