// Programs that this repository brings itself, each in tools/toolchain/NAME: npm packages that carry a
// binary, fixed to their hashes by a package-lock.json, without install scripts. Runs on Node >= 18.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const toolchain = path.join(path.dirname(fileURLToPath(import.meta.url)), "toolchain");

/** The folder of a locked program; its packages are in node_modules below. */
export function lockedFolder(name) {
  return path.join(toolchain, name);
}

/**
 * Installs tools/toolchain/NAME unless it is there as locked, and says so first, with the reason `why`.
 * @param {string} name
 * @param {string} program the file that must exist afterwards
 * @param {{ env: NodeJS.ProcessEnv, say: (text: string) => void, why: string, advice: string }} options
 * @returns {boolean} whether the program is there as locked
 */
export function installLocked(name, program, { env, say, why, advice }) {
  if (isAsLocked(name, program)) return true;
  say(`${why}: installing the locked one into tools/toolchain/${name} (once)`);
  // "install", not "ci": the lock names only the platforms that the registry it was made with had
  spawnSync("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: lockedFolder(name),
    env,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32", // npm is a .cmd file there, which only a shell can start
  });
  if (isAsLocked(name, program)) return true;
  say(`that failed; ${advice}`);
  return false;
}

function isAsLocked(name, program) {
  const installed = path.join(lockedFolder(name), "node_modules", ".package-lock.json");
  if (!existsSync(program) || !existsSync(installed)) return false;
  const wanted = packagesOf(path.join(lockedFolder(name), "package-lock.json"));
  return Object.entries(packagesOf(installed)).every(
    ([at, { integrity }]) => wanted[at] === undefined || wanted[at].integrity === integrity,
  );
}

function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages;
}
