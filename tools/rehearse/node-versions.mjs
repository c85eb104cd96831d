import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { ending, run } from "./run.mjs";

/** The newest line that is tried; the ranges of our manifests are open above it. */
const NEWEST = "26";

/**
 * The oldest Node that a range of a manifest names, and the newest there is.
 * @param {string} range such as `^22.19.0 || >=24.11.0`
 * @returns {string[]} versions for npm
 */
export function extremesOf(range) {
  const named = [...range.matchAll(/\d+\.\d+\.\d+/g)].map(([version]) => version);
  const [oldest] = named.toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
  if (oldest === undefined) throw new Error(`the range ${range} names no version`);
  return [oldest, NEWEST];
}

/**
 * Installs a Node from the npm package that carries it, and returns the folder of its executable.
 * @param {string} wanted
 * @param {{ folder: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<{ bin: string, version: string }>}
 */
export async function installNode(wanted, { folder, env }) {
  const name = `node-${process.platform}-${process.arch}`;
  const home = path.join(folder, wanted);
  const bin = path.join(home, "node_modules", name, "bin");
  if (!existsSync(bin)) {
    mkdirSync(home, { recursive: true });
    await run("npm", ["install", "--prefix", home, "--no-save", "--ignore-scripts", `${name}@${wanted}`], {
      cwd: home,
      env,
    });
  }
  const { code, stdout, stderr } = await ending(path.join(bin, "node"), ["--version"], { cwd: home, env });
  if (code !== 0) throw new Error(`Node ${wanted} does not run here: ${stderr.trim()} (26 needs libatomic1)`);
  return { bin, version: stdout.trim().slice(1) };
}
