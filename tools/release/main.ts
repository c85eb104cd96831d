// npm run release:artefacts -- [--out DIR] [--platform P[,P]] [--version V] [--revision REV] [--addon built|prebuilt] [--check] [--try]
//
// Builds what is installed on machines without Node: for each component and platform an archive with its own runtime, and SHA256SUMS
// beside them. The same sources give the same bytes: --check builds a second time and compares; --try starts each in an old Debian.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { misused, readOptions } from "../options.ts";
import { Revision } from "../revision.ts";
import { builtAddon, prebuiltAddon, type Addon } from "./addon.ts";
import { addonParts, driverPurl } from "./addon-parts.ts";
import { makeApp } from "./app.ts";
import { checksums } from "./archive.ts";
import { makeArtefact } from "./artefact.ts";
import { cacheFolder } from "./cache.ts";
import { COMPONENTS, isPlatform, PLATFORMS, type Platform } from "./components.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { hashesOf } from "./npm-part.ts";
import { Refusal, refusing } from "./refusal.ts";
import { run } from "./run.ts";
import { tryOnOldDebian } from "./try-on-old-debian.ts";

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const USAGE =
  "npm run release:artefacts -- [--out DIR] [--platform linux-x64,linux-arm64] [--version V] [--revision REV] [--addon built|prebuilt] [--cache DIR] [--check] [--try]";
const { values: flags } = readOptions(USAGE, {
  options: {
    out: { type: "string", default: path.join(ROOT, "dist", "release") },
    platform: { type: "string", default: PLATFORMS.join(",") },
    version: { type: "string" },
    revision: { type: "string" },
    addon: { type: "string", default: "built" },
    cache: { type: "string", default: cacheFolder(process.env) },
    check: { type: "boolean", default: false },
    try: { type: "boolean", default: false },
  },
});
const platforms = flags.platform
  .split(",")
  .map((name) => (isPlatform(name) ? name : misused(USAGE, `there is no platform ${name}`)));
if (flags.addon !== "built" && flags.addon !== "prebuilt")
  misused(USAGE, `--addon is built or prebuilt, and not ${flags.addon}`);
const out = path.resolve(process.env["INIT_CWD"] ?? "", flags.out);

await refusing(async () => {
  if (process.platform !== "linux") throw new Refusal("archives are packed by GNU tar and gzip: build them on Linux");
  using tree =
    flags.revision === undefined ? { folder: ROOT, [Symbol.dispose]: () => {} } : new Revision(ROOT, flags.revision);
  const version = flags.version ?? versionOf(tree.folder);
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    throw new Refusal(`--version is a version like 1.2.3, and not ${version}`);
  if (flags.revision === undefined && isChanged(tree.folder))
    console.error("these sources have changes that are in no commit");
  const source = { tree: tree.folder, version, epoch: epochOf(flags.revision ?? "HEAD") };
  const sums = await buildAll(source, out);
  if (flags.check) await compare(source, sums);
  if (flags.try) for (const platform of platforms) tryOnOldDebian({ out, platform, version });
  console.log(`${sums}in ${out}`);
});

interface Source {
  readonly tree: string;
  readonly version: string;
  readonly epoch: number;
}

/** Builds all archives, and has them take the place of earlier ones in `to` together; the text of their SHA256SUMS. */
async function buildAll({ tree, version, epoch }: Source, to: string): Promise<string> {
  mkdirSync(to, { recursive: true });
  const work = mkdtempSync(path.join(to, ".building-"));
  try {
    const hashes = hashesOf(readFileSync(path.join(tree, "pnpm-lock.yaml"), "utf8"));
    const licence = readFileSync(path.join(ROOT, "LICENSE"), "utf8");
    const names: string[] = [];
    const apps = new Map(
      await Promise.all(
        COMPONENTS.map(async (component) => {
          const app = await makeApp(component, { tree, version, hashes, to: path.join(work, "apps", component.name) });
          return [component, app] as const;
        }),
      ),
    );
    for (const platform of platforms) {
      const runtime = nodeRuntime(platform, flags.cache);
      try {
        const addon = addonFor(tree, platform, runtime.folder);
        const parts = addonParts(tree, { hashes, gcc: addon.gcc });
        const withAddon = { ...addon, parts, driver: driverPurl(tree) };
        for (const [component, app] of apps) {
          const own = component.database === undefined ? undefined : withAddon;
          names.push(
            makeArtefact({ component, platform, version, epoch, app, runtime, addon: own, licence, out: work }),
          );
        }
      } finally {
        rmSync(runtime.folder, { recursive: true });
      }
    }
    const sums = checksums(work, names);
    writeFileSync(path.join(work, "SHA256SUMS"), sums);
    replace(to, work, [...names, "SHA256SUMS"]);
    return sums;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function addonFor(tree: string, platform: Platform, node: string): Addon {
  if (flags.addon === "prebuilt") return prebuiltAddon(tree, platform);
  return builtAddon({ tree, platform, cache: flags.cache, node });
}

/** Moves files into a folder in which no earlier ones stay. */
function replace(to: string, from: string, names: readonly string[]): void {
  const earlier = readdirSync(to).filter((name) => name === "SHA256SUMS" || /^hal(?:ctl|-\w+)-.*\.tar\.gz$/.test(name));
  for (const name of earlier) rmSync(path.join(to, name));
  for (const name of names) renameSync(path.join(from, name), path.join(to, name));
}

/** Builds once more elsewhere, and refuses to call it a release where the bytes differ. */
async function compare(source: Source, sums: string): Promise<void> {
  const elsewhere = mkdtempSync(path.join(tmpdir(), "hal-release-"));
  try {
    const again = await buildAll(source, elsewhere);
    if (again !== sums) throw new Refusal(`a second build differs from the first:\n${sums}${again}`);
    console.error("a second build has the same bytes");
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
}

function versionOf(tree: string): string {
  const manifest = readFileSync(path.join(tree, "apps", "supervisor", "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** SOURCE_DATE_EPOCH, or the time of the commit. */
function epochOf(revision: string): number {
  const told = process.env["SOURCE_DATE_EPOCH"];
  if (told === undefined && !existsSync(path.join(ROOT, ".git")))
    throw new Refusal("these sources are no checkout of git: say of when they are by SOURCE_DATE_EPOCH=SECONDS");
  const epoch = Number(told ?? run("git", ["log", "-1", "--format=%ct", revision], { cwd: ROOT }));
  if (!Number.isInteger(epoch) || epoch < 0)
    throw new Refusal(`SOURCE_DATE_EPOCH is a number of seconds, and not ${told}`);
  return epoch;
}

function isChanged(tree: string): boolean {
  return existsSync(path.join(tree, ".git")) && run("git", ["status", "--porcelain"], { cwd: tree }) !== "";
}
