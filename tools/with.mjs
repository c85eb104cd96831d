#!/usr/bin/env node
// node tools/with.mjs [COMMAND ARGS...]
//
// Runs COMMAND in the repository's root with its toolchain on PATH, after bringing node_modules up to date.
// It needs nothing but npm and some Node >= 18:
//   - Node: the one running this file when it satisfies "engines" of package.json, else the one
//     locked in tools/toolchain/node (an npm package that carries the binary);
//   - pnpm: the one on PATH when it is the "packageManager" version, else the one locked in
//     tools/toolchain/pnpm.
// INIT_CWD, the folder in which the user typed `npm run`, is handed on.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installLocked, lockedFolder } from "./locked.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const windows = process.platform === "win32";
const env = cleanEnvironment();

useNode();
usePnpm();
addToPath(path.join(root, "node_modules", ".bin"));
const [command, ...args] = process.argv.slice(2);
// pnpm itself is how a changed manifest gets into the lockfile: the install below would refuse it
if (command !== "pnpm") installDependencies();
if (command !== undefined) start();

function say(text) {
  console.error(`[hal] ${text}`);
}

/** The environment without what `npm run` sets for itself, which would steer the tools started here. */
function cleanEnvironment() {
  const noise =
    /^npm_(config_(user_agent|prefix|local_prefix|global_prefix|init_module|node_gyp|noproxy)|package_|lifecycle_|command|execpath)/i;
  const rest = Object.entries(process.env).filter(([name]) => !noise.test(name));
  return { INIT_CWD: process.cwd(), TURBO_TELEMETRY_DISABLED: "1", ...Object.fromEntries(rest) };
}

function run(program, programArgs, options = {}) {
  // On Windows npm and pnpm are .cmd files, which only a shell can start.
  return spawnSync(program, programArgs, { env, cwd: root, stdio: "inherit", shell: windows, ...options });
}

function addToPath(folder) {
  env.PATH = `${folder}${path.delimiter}${env.PATH}`;
}

function useNode() {
  if (satisfies(process.versions.node, manifest.engines.node)) return;
  const platform = windows ? "win" : process.platform;
  const bin = platform === "darwin" && process.arch === "arm64" ? "bin-" : "";
  useLocked(
    "node",
    path.join(`node-${bin}${platform}-${process.arch}`, "bin", windows ? "node.exe" : "node"),
    `Node ${process.versions.node} is too old (needs ${manifest.engines.node})`,
  );
}

function usePnpm() {
  const [, wanted] = manifest.packageManager.split(/[@+]/);
  // not asked in the repository: there pnpm itself reads "packageManager"
  const elsewhere = { cwd: path.parse(root).root, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" };
  if (run("pnpm", ["--version"], elsewhere).stdout?.trim() === wanted) return;
  const platform = `@pnpm/exe.${process.platform}-${process.arch}`;
  useLocked("pnpm", path.join(platform, windows ? "pnpm.exe" : "pnpm"), `no pnpm ${wanted} on PATH`);
}

/** Puts the folder of tools/toolchain/NAME/node_modules/PROGRAM first on PATH. */
function useLocked(name, program, why) {
  const file = path.join(lockedFolder(name), "node_modules", program);
  const advice = `install Node ${manifest.engines.node} and ${manifest.packageManager} yourself and try again`;
  if (!installLocked(name, file, { env, say, why, advice })) process.exit(1);
  addToPath(path.dirname(file));
}

/** `^a.b.c || ^d.e.f || >=g.h.i`, the only forms that "engines" uses here. */
function satisfies(version, range) {
  const have = version.split(".").map(Number);
  return range.split("||").some((part) => {
    const want = part.match(/\d+/g).map(Number);
    const order = have[0] - want[0] || have[1] - want[1] || have[2] - want[2];
    return order >= 0 && (part.trim().startsWith(">=") || have[0] === want[0]);
  });
}

/** Everything that is said goes to standard error: standard output belongs to the command. */
function installDependencies() {
  const isLong = !isInstalled();
  if (isLong) say("installing the dependencies (only after they changed)");
  const install = ["install", "--frozen-lockfile"];
  const shown = { stdio: ["ignore", 2, 2] };
  let { status } = run("pnpm", isLong ? install : [...install, "--silent"], shown);
  if (status !== 0 && !isLong) ({ status } = run("pnpm", install, shown)); // again, to show why
  if (status === 0) return;
  say("after a change of a package.json or of the catalog: node tools/with.mjs pnpm install");
  process.exit(status ?? 1);
}

/** Whether node_modules was made from this pnpm-lock.yaml; pnpm keeps a copy of what it installed. */
function isInstalled() {
  const copy = path.join(root, "node_modules", ".pnpm", "lock.yaml");
  return existsSync(copy) && readFileSync(copy, "utf8") === readFileSync(path.join(root, "pnpm-lock.yaml"), "utf8");
}

function start() {
  const child = spawn(command, args, { cwd: root, env, stdio: "inherit", shell: windows });
  // Ctrl-C reaches the whole foreground group by itself; what is sent to this process alone is passed on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // `npm run` killed by a signal ends its shell but not us: an orphan stops its child, too.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill("SIGTERM"), 500).unref();
  child.on("error", (error) => {
    say(`${command}: ${error.message}`);
    process.exitCode = 127;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : code;
  });
}
