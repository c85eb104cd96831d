// Before the end-to-end tests: what they start is what would be shipped, so it is built, and an opencode is
// there. A test gets its path with `inject("opencode")`.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ensureOpencode } from "./opencode.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @param {import("vitest/node").TestProject} project */
export default async function setup(project) {
  build();
  project.provide("opencode", await ensureOpencode());
}

function build() {
  const args = [path.join(root, "tools", "with.mjs"), "turbo", "run", "build", "--output-logs=errors-only"];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("the build failed; see above, or run: npm run build");
}
