// npm run halctl -- ARGS...: the built halctl, as quickly as it starts by itself. It is built first where
// that has not been done, and runs on the repository's own Node where the one on PATH is too old for it.
// Where nothing else is said it talks to the supervisor that `npm start` runs (.hal/client.json).
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.mjs";

const tools = path.dirname(fileURLToPath(import.meta.url));
const program = path.join(tools, "..", "apps", "halctl", "dist", "bin", "halctl.js");
const args = process.argv.slice(2);
const [major, minor] = process.versions.node.split(".").map(Number);

useStartedSupervisor(path.resolve(process.env.INIT_CWD ?? "", process.env.HAL_HOME || path.join(tools, "..", ".hal")));
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

function useStartedSupervisor(home) {
  try {
    const client = JSON.parse(readFileSync(path.join(home, "client.json"), "utf8"));
    // an address without its token, or the other way round, would be nobody's
    if (["SUPERVISOR_URL", "AUTH_TOKEN", "CONTEXT"].some((name) => process.env[`HALCTL_${name}`])) return;
    process.env.HALCTL_SUPERVISOR_URL = client.supervisor_url;
    process.env.HALCTL_AUTH_TOKEN = client.auth_token;
  } catch {
    return; // nothing is started here: halctl says what it needs
  }
}
