import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const ARCHIVE = /^(hal-supervisor|hal-agent|halctl)-(\d[\w.+-]*)-(linux-\w+)\.tar\.gz$/;

/** A folder with the archives of one version, for this machine's platform. */
export interface Release {
  readonly folder: string;
  readonly version: string;
}

export type ComponentName = "hal-supervisor" | "hal-agent" | "halctl";

/** What is changed in the unpacked folder of a component. */
export type Change = (component: ComponentName, folder: string) => void;

export function releaseIn(folder: string): Release {
  const versions = new Set(archivesIn(folder).map(({ version }) => version));
  const [version] = versions;
  if (version === undefined)
    throw new Error(`there is no release in ${folder}: npm run release:artefacts -- --out ${folder}`);
  if (versions.size > 1) throw new Error(`there are several releases in ${folder}: ${[...versions].join(", ")}`);
  return { folder, version };
}

/** The same programs under another version, or changed ones; the checksums are theirs. */
export function reissue(release: Release, to: string, version: string, change: Change = () => undefined): Release {
  mkdirSync(to, { recursive: true });
  const work = mkdtempSync(path.join(to, ".work-"));
  const sums = archivesIn(release.folder).map(({ name, component, platform }) => {
    const [before, after] = [`${component}-${release.version}`, `${component}-${version}`];
    must("tar", ["--extract", "--gzip", "--file", path.join(release.folder, name), "--directory", work]);
    const folder = path.join(work, after);
    if (before !== after) renameSync(path.join(work, before), folder);
    writeFileSync(path.join(folder, "VERSION"), `${version}\n`);
    change(component, folder);
    const made = path.join(to, `${after}-${platform}.tar.gz`);
    must("tar", ["--create", "--use-compress-program", "gzip -1", "--file", made, "--directory", work, after]);
    rmSync(folder, { recursive: true });
    return `${createHash("sha256").update(readFileSync(made)).digest("hex")}  ${path.basename(made)}\n`;
  });
  writeFileSync(path.join(to, "SHA256SUMS"), sums.join(""));
  rmSync(work, { recursive: true });
  return { folder: to, version };
}

/** A version that is `by` after another one in its last number, or before it. */
export function versionBeside(version: string, by: number): string {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const number = Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(patch) + by;
  if (!(number >= 0)) throw new Error(`there is no version ${by} beside ${version}`);
  return [Math.floor(number / 1_000_000), Math.floor(number / 1_000) % 1_000, number % 1_000].join(".");
}

function archivesIn(folder: string) {
  const platform = `linux-${process.arch}`;
  return readdirSync(folder).flatMap((name) => {
    const [, component, version, made] = ARCHIVE.exec(name) ?? [];
    if (component === undefined || version === undefined || made !== platform) return [];
    return [{ name, component: component as ComponentName, version, platform }];
  });
}

function must(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync("nice", [program, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}
