// The opencode that `npm start` and the end-to-end tests run: the one on PATH, else the one locked in
// tools/toolchain/opencode (npm packages that carry the binary), which is installed when it is first needed.
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked, lockedFolder } from "./locked.mjs";

/**
 * The path of an opencode that can be run; progress goes to standard error. `HAL_OPENCODE=locked` passes
 * over the one on PATH, so that tests meet the version they were written against.
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} say
 * @returns {Promise<string>}
 */
export async function ensureOpencode(env = process.env, say = (text) => console.error(`[hal] ${text}`)) {
  const onPath = env.HAL_OPENCODE === "locked" ? undefined : findOnPath("opencode", env.PATH ?? "");
  if (onPath !== undefined) return onPath;
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const program = process.platform === "win32" ? "opencode.exe" : "opencode";
  const binary = path.join(
    lockedFolder("opencode"),
    "node_modules",
    `opencode-${platform}-${process.arch}`,
    "bin",
    program,
  );
  const advice = "install opencode yourself (npm install -g opencode-ai) and try again";
  const why = env.HAL_OPENCODE === "locked" ? "HAL_OPENCODE=locked" : "no opencode on PATH";
  if (!installLocked("opencode", binary, { env, say, why, advice })) throw new Error(`no opencode: ${advice}`);
  return binary;
}

function findOnPath(name, searchPath) {
  return searchPath
    .split(path.delimiter)
    .filter((directory) => directory !== "")
    .map((directory) => path.join(directory, name))
    .find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await ensureOpencode());
