// npm run halctl -- ARGS...: the built halctl, as quickly as it starts by itself. It is built first where
// that has not been done, and runs on the repository's own Node where the one on PATH is too old for it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.mjs";

const tools = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(tools, "..", "apps", "halctl", "dist", "bin", "halctl.js");
const args = process.argv.slice(2);
const [major, minor] = process.versions.node.split(".").map(Number);

if (!existsSync(program)) {
  console.error("[hal] building halctl (once; `npm run build` renews it)");
  build("@hal/halctl");
}
if (major > 20 || (major === 20 && minor >= 19)) {
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
} else {
  const withNode = [path.join(tools, "with.mjs"), "node", program, ...args];
  process.exitCode = spawnSync(process.execPath, withNode, { stdio: "inherit" }).status ?? 1;
}
