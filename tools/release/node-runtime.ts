import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type { Platform } from "./components.ts";
import { npmPurl } from "./npm-part.ts";
import type { Part } from "./part.ts";
import { Refusal } from "./refusal.ts";
import { run } from "./run.ts";

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

interface Runtime {
  /** the folder of the package: `bin/node`, `include`, `LICENSE` */
  readonly folder: string;
  readonly part: Part;
}

/** The Node of a platform, as tools/toolchain/node locks it; fetched once, and looked at each time. */
export function nodeRuntime(platform: Platform, cache: string): Runtime {
  const name = `node-${platform}`;
  const { version, integrity } = lockedIn(readFileSync(lockfile, "utf8"), name);
  const archive = path.join(cache, `${name}-${version}.tgz`);
  if (!existsSync(archive)) fetchPackage(`${name}@${version}`, archive);
  if (integrityOf(readFileSync(archive)) !== integrity) {
    rmSync(archive);
    throw new Refusal(
      `${name}@${version} is not the one that tools/toolchain/node locks; it was thrown away: run this again`,
    );
  }
  const folder = mkdtempSync(path.join(cache, "node-"));
  run("tar", ["--extract", `--file=${archive}`, "--strip-components=1", "--no-same-owner", "--directory", folder]);
  return {
    folder,
    part: {
      name: "node",
      version,
      purl: npmPurl({ name, version }),
      kind: "platform",
      licence: "MIT",
      author: "Node.js contributors",
      homepage: "https://nodejs.org",
      sha512: Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex"),
      notices: { LICENSE: readFileSync(path.join(folder, "LICENSE"), "utf8") },
      uses: [],
    },
  };
}

const lockfile = path.join(import.meta.dirname, "..", "toolchain", "node", "package-lock.json");

/** What a package-lock.json says of a package. */
export function lockedIn(text: string, name: string): Locked {
  const { packages } = JSON.parse(text) as { packages: Record<string, Locked | undefined> };
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) throw new Refusal(`tools/toolchain/node locks no ${name}: add it there`);
  return locked;
}

function integrityOf(bytes: Buffer): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

/** Asks the registry for a package, by npm. */
function fetchPackage(name: string, archive: string): void {
  const folder = mkdtempSync(path.join(mkdirp(path.dirname(archive)), "fetch-"));
  try {
    const [{ filename } = { filename: "" }] = JSON.parse(
      run("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", folder, name], { cwd: folder }),
    ) as { filename: string }[];
    renameSync(path.join(folder, filename), archive);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function mkdirp(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}
