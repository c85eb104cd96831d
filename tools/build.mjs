// Builds what is shipped, as far as it changed since the last time (turbo keeps count).
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * Builds the packages named (all, where none is) with what they need; standard output stays empty.
 * @param {...string} packages such as "@hal/halctl"
 * @returns {void}
 */
export function build(...packages) {
  const filters = packages.map((name) => `--filter=${name}`);
  const turbo = ["turbo", "run", "build", ...filters, "--output-logs=errors-only"];
  const { status } = spawnSync(process.execPath, [path.join(root, "tools", "with.mjs"), ...turbo], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the build failed; see above, or run: npm run build");
}
