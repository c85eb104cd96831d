import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const COMPONENTS = ["hal-supervisor", "hal-agent", "halctl"] as const;
export type Component = (typeof COMPONENTS)[number];

export const PLATFORM = process.arch === "arm64" ? "linux-arm64" : "linux-x64";

export interface Making {
  readonly version: string;
  readonly components?: readonly Component[];
  readonly platform?: string;
  /** what every program does, as lines of sh; it says its version and that its configuration is valid where nothing is said */
  readonly program?: string;
  /** the oldest glibc that the archive says it runs with */
  readonly floor?: string;
  /** whether its bundle tells systemd that it is ready */
  readonly notifies?: boolean;
}

/** Makes archives in the shape of a release's, small ones, and the list of their checksums. */
export function makeArtefacts(
  folder: string,
  { version, components = COMPONENTS, platform = PLATFORM, program, floor = "2.17", notifies = true }: Making,
): void {
  mkdirSync(folder, { recursive: true });
  const made = mkdtempSync(path.join(tmpdir(), "hal-artefact-"));
  for (const component of components) {
    const name = `${component}-${version}`;
    const whole = path.join(made, name);
    for (const part of ["bin", "runtime", "app", "licenses"]) mkdirSync(path.join(whole, part), { recursive: true });
    const script = `#!/bin/sh\n${program ?? `case $1 in --version) echo ${version} ;; *) echo configuration valid ;; esac`}\n`;
    for (const part of ["bin", "runtime"]) writeFileSync(path.join(whole, part, component), script, { mode: 0o755 });
    writeFileSync(path.join(whole, "app", "main.js"), notifies ? "env.NOTIFY_SOCKET" : "");
    writeFileSync(path.join(whole, "VERSION"), `${version}\n`);
    writeFileSync(path.join(whole, "glibc-floor"), `${floor}\n`);
    const archive = path.join(folder, `${name}-${platform}.tar.gz`);
    const { status, stderr } = spawnSync("tar", ["-czf", archive, "-C", made, name], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  }
  rmSync(made, { recursive: true });
  writeSums(folder);
}

/** The list of checksums of the archives that are in a folder. */
export function writeSums(folder: string): void {
  const archives = readdirSync(folder).filter((name) => name.endsWith(".tar.gz"));
  const lines = archives.map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(path.join(folder, name)))
        .digest("hex")}  ${name}\n`,
  );
  writeFileSync(path.join(folder, "SHA256SUMS"), lines.join(""));
}
