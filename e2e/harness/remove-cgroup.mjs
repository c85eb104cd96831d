import { existsSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";

/**
 * Removes a cgroup and those below it; it throws while a process is in one of them.
 * @param {string} folder
 * @returns {void}
 */
export function removeCgroup(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(path.join(folder, entry.name));
  rmdirSync(folder);
}
