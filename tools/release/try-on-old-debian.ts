import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { COMPONENTS, type Component, type Platform } from "./components.ts";
import { besideOldDebian, needOldDebian } from "./old-debian.ts";
import { Refusal } from "./refusal.ts";

interface Tried {
  readonly out: string;
  readonly platform: Platform;
  readonly version: string;
}

/** What the add-on beside a runtime is asked. */
const ASK = `
const Database = require(process.argv[1]);
console.log(new Database(":memory:").prepare("select sqlite_version() || ' ' || log2(pow(2, 10))").pluck().get());
`;

/** How a program is started, and how its runtime is, by its folder in the root. */
interface Starter {
  program(folder: string, name: string): string;
  runtime(folder: string, name: string): string;
  /** where the root is, as what is started sees it */
  readonly root: string;
}

/**
 * Starts each program of a release in a bare root of Debian 11, where nothing of the host helps it, and has its add-on answer. One of
 * another processor is started by qemu-user with the C library of that root, and without its launcher, which is a script.
 */
export function tryOnOldDebian({ out, platform, version }: Tried): void {
  needOldDebian("--try", "leave it out");
  const processor = platform.slice("linux-".length);
  const foreign = platform === `linux-${process.arch}` ? undefined : processor;
  const starter = foreign === undefined ? NATIVE : emulated(foreign);
  const said = mkdtempSync(path.join(tmpdir(), "hal-try-"));
  try {
    besideOldDebian({
      foreign,
      packages: foreign === undefined ? "" : "libc6,libstdc++6,libgcc-s1",
      env: { HAL_OUT: out, HAL_SAID: said, HAL_ASK: ASK },
      commands: COMPONENTS.flatMap((component) => commandsFor(component, { version, platform, starter })),
    });
    for (const component of COMPONENTS) check(component, said, version);
    console.error(`${platform}: each program was started on Debian 11${foreign === undefined ? "" : ", by qemu-user"}`);
  } finally {
    rmSync(said, { recursive: true });
  }
}

const NATIVE: Starter = {
  program: (folder, name) => `chroot "$1" env -i ${folder}/bin/${name}`,
  runtime: (folder, name) => `chroot "$1" env -i ${folder}/runtime/${name}`,
  root: "",
};

function emulated(processor: string): Starter {
  const emulator = `qemu-${processor === "x64" ? "x86_64" : "aarch64"}-static`;
  if (spawnSync(emulator, ["--version"]).status !== 0)
    throw new Refusal(
      `--try starts programs for ${processor} by ${emulator}: install Debian's package qemu-user-static, or leave it out`,
    );
  const runtime = (folder: string, name: string) => `${emulator} -L "$1" "$1"${folder}/runtime/${name}`;
  return {
    program: (folder, name) => `${runtime(folder, name)} "$1"${folder}/app/bin/${name}.js`,
    runtime,
    root: '"$1"',
  };
}

function commandsFor(
  { name, database }: Component,
  { version, platform, starter }: { version: string; platform: string; starter: Starter },
): readonly string[] {
  const folder = `/try/${name}-${version}`;
  const unpack = `mkdir -p "$1/try" && tar -xzf "$HAL_OUT/${name}-${version}-${platform}.tar.gz" -C "$1/try"`;
  const start = `${starter.program(folder, name)} --version >"$HAL_SAID/${name}"`;
  const driver = `${starter.root}${folder}/app/node_modules/better-sqlite3`;
  const ask = `${starter.runtime(folder, name)} -e "$HAL_ASK" ${driver} >"$HAL_SAID/${name}.addon"`;
  return database === undefined ? [unpack, start] : [unpack, start, ask];
}

function check({ name, database }: Component, said: string, version: string): void {
  const read = (file: string) => readFileSync(path.join(said, file), "utf8").trim();
  if (read(name) !== version)
    throw new Refusal(`on Debian 11 ${name} --version says ${read(name)}, and not ${version}`);
  if (database !== undefined && !/^3\.[\d.]+ 10\.0$/.test(read(`${name}.addon`)))
    throw new Refusal(`on Debian 11 the add-on of ${name} says ${read(`${name}.addon`)}`);
}
