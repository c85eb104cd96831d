// node tools/launch.mjs PROGRAM ARGS...: runs hal-supervisor, hal-agent or halctl as this repository builds it, in the directory
// in which it was typed. It is built first where that has not been done, and runs on the repository's own Node where the one on PATH is
// too old. The programs in bin/ are made of this.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ensureOpencode } from "./opencode.mjs";

const tools = path.dirname(fileURLToPath(import.meta.url));
/** what each program is in, and the oldest Node that runs it */
const PROGRAMS = {
  "hal-supervisor": { app: "supervisor", node: [22, 19] },
  "hal-agent": { app: "agent", node: [22, 19] },
  halctl: { app: "halctl", node: [20, 19] },
};

/**
 * @param {keyof typeof PROGRAMS} name
 * @param {readonly string[]} args
 */
export async function launch(name, args) {
  const { app, node } = PROGRAMS[name];
  const program = path.join(tools, "..", "apps", app, "dist", "bin", `${name}.js`);
  if (!existsSync(program)) {
    console.error(`[hal] building ${name} (once; "npm run build" builds it again)`);
    build(`@hal/${app}`);
  }
  if (isNewEnough(node)) {
    process.argv = [process.execPath, program, ...args];
    await import(pathToFileURL(program).href);
  } else await runWith(toolchainNode(), [program, ...args]);
}

function isNewEnough([major, minor]) {
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/** The Node that the repository installs for itself. */
function toolchainNode() {
  const ask = [path.join(tools, "with.mjs"), "node", "-p", "process.execPath"];
  return spawnSync(process.execPath, ask, { stdio: ["ignore", "pipe", 2], encoding: "utf8" }).stdout.trim();
}

/** Runs it here, and passes on what only this process is sent; Ctrl-C reaches both by itself. */
async function runWith(node, args) {
  const child = spawn(node, args, { stdio: "inherit" });
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) =>
    child.on("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code)),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, ...args] = process.argv.slice(2);
  if (name === "hal-agent") {
    // where none is on PATH, the one of the repository
    const opencode = await ensureOpencode(process.env, (text) => console.error(`[hal] ${text}`));
    process.env.PATH = `${process.env.PATH}${path.delimiter}${path.dirname(opencode)}`;
  }
  if (name === "halctl") (await import("./started-supervisor.mjs")).useStartedSupervisor();
  await launch(name, args);
}
