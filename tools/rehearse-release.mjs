// npm run release:rehearse: packs every package as a release would, installs the archives into a temporary
// folder the way a user does, and runs the executables there. Nothing in the checkout changes.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(path.join(tmpdir(), "hal-release-"));
try {
  run("turbo", ["run", "build", "--output-logs=errors-only"], { cwd: root });
  const packed = publicPackages().map(pack);
  const user = install(packed);
  for (const { manifest } of packed) check(manifest, user);
  for (const { manifest } of packed) {
    for (const name of Object.keys(manifest.bin ?? {})) start(name, manifest.version, user);
  }
  console.log(`${packed.length} packages can be released`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function publicPackages() {
  return ["packages", "apps"]
    .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(root, folder, name)))
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
    .filter(({ manifest }) => manifest.private !== true);
}

function pack({ folder, manifest }) {
  const archive = path.join(work, `${manifest.name.replace("@hal/", "hal-")}.tgz`);
  run("pnpm", ["pack", "--out", archive], { cwd: folder });
  return { archive, manifest };
}

function install(packed) {
  const user = path.join(work, "user");
  mkdirSync(user);
  writeFileSync(path.join(user, "package.json"), "{}");
  const archives = packed.map(({ archive }) => archive);
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...archives], { cwd: user });
  return user;
}

/** What pnpm replaces on packing, and the condition that names our sources, must not reach a user. */
function check({ name, version }, user) {
  const installed = readManifest(path.join(user, "node_modules", name));
  if (installed.version !== version) throw new Error(`${name} was packed as ${installed.version}, not ${version}`);
  const { devDependencies: _, ...used } = installed;
  for (const ours of ["catalog:", "workspace:", "@hal/source"]) {
    if (JSON.stringify(used).includes(ours)) throw new Error(`the packed manifest of ${name} says ${ours}`);
  }
}

function start(name, version, user) {
  const said = run(path.join(user, "node_modules", ".bin", name), ["--version"], {
    cwd: user,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (!said.includes(version)) throw new Error(`${name} --version says ${JSON.stringify(said)}, not ${version}`);
  console.log(`${name} ${version} was packed, installed and run`);
}

function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}

function run(command, args, options) {
  const { status, stdout, error } = spawnSync(command, args, {
    stdio: ["ignore", "ignore", "inherit"],
    encoding: "utf8",
    shell: process.platform === "win32",
    ...options,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${error?.message ?? `exit ${status}`}`);
  return stdout;
}
