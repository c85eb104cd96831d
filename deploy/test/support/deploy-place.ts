import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeArtefacts, type Making } from "./artefacts.ts";

export const DEPLOY = fileURLToPath(new URL("../../", import.meta.url));

/** What came of a command. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder in the place of a machine's file system, with folders of artefacts beside it. */
export class DeployPlace implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), "hal-deploy-"));
  readonly root = path.join(this.folder, "root");

  constructor() {
    mkdirSync(this.root);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where a path of the machine is. */
  at(file: string): string {
    return path.join(this.root, file);
  }

  read(file: string): string {
    return readFileSync(this.at(file), "utf8");
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), text);
  }

  mode(file: string): string {
    return (lstatSync(this.at(file)).mode & 0o7777).toString(8);
  }

  /** Which version a program is. */
  version(program: string): string {
    return /hal-o-swarm\/([^/]+)\//.exec(readlinkSync(this.at(`/usr/local/bin/${program}`)))?.[1] ?? "";
  }

  /** Makes a release, and returns its folder. */
  release(making: Making): string {
    const folder = path.join(this.folder, `release-${making.version}`);
    makeArtefacts(folder, making);
    return folder;
  }

  /** Runs a script of `deploy/` as if this were the machine. */
  run(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
    return ran(path.join(DEPLOY, script), args, { HAL_ROOT: this.root, ...env });
  }

  /** Installs all of a release; that it fails is an error. */
  install(release: string, ...args: readonly string[]): string {
    const { code, out, err } = this.run("install-release.sh", ["--all", "--from", release, ...args]);
    if (code !== 0) throw new Error(`${out}${err}`);
    return out;
  }

  /** Runs lines of bash that use the pieces in `deploy/lib`, as a script of `deploy/` would. */
  source(lines: string, env: Readonly<Record<string, string>> = {}): Ran {
    const head = `set -euo pipefail\nDEPLOY='${DEPLOY}'\n. "$DEPLOY/lib/load.sh"\nPROGRAM=test\n`;
    return ran("bash", ["--norc", "-c", `${head}${lines}`], { HAL_ROOT: this.root, ...env });
  }

  /** Everything that there is: paths with their modes, where links lead, and what files hold. */
  tree(): string[] {
    return listing(this.root);
  }
}

/** Runs a program to its end, with a bare environment. */
export function ran(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    cwd: tmpdir(),
    env: { PATH: process.env["PATH"], LC_ALL: "C", ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

function listing(folder: string, below = ""): string[] {
  return readdirSync(path.join(folder, below), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(below, entry.name);
      const whole = path.join(folder, name);
      const { mode, mtimeMs } = lstatSync(whole);
      const line = `${name} ${mode.toString(8)}`;
      if (entry.isDirectory()) return [line, ...listing(folder, name)];
      if (entry.isSymbolicLink()) return [`${line} → ${readlinkSync(whole)}`];
      return [`${line} ${mtimeMs} ${createHash("sha256").update(readFileSync(whole)).digest("hex")}`];
    });
}
