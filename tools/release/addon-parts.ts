import { readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { npmPart, npmPurl, readManifest, type Hashes } from "./npm-part.ts";
import type { Part } from "./part.ts";

/** The folders of better-sqlite3 and of what its add-on is compiled with. */
export function addonSources(tree: string): { readonly driver: string; readonly headers: string } {
  const driver = realpathSync(path.join(tree, "packages", "store", "node_modules", "better-sqlite3"));
  return { driver, headers: path.join(path.dirname(driver), "node-addon-api") };
}

/** What the add-on brings: better-sqlite3, SQLite, and where it was built here, GCC's runtime libraries. */
export function addonParts(tree: string, { hashes, gcc }: { hashes: Hashes; gcc: Part | undefined }): readonly Part[] {
  const { driver, headers } = addonSources(tree);
  const sqlite = sqlitePart(path.join(driver, "deps", "sqlite3"));
  const api = npmPart(headers, { hashes });
  const used = [sqlite, api, ...(gcc === undefined ? [] : [gcc])];
  return [npmPart(driver, { hashes, uses: used.map(({ purl }) => purl).toSorted() }), ...used];
}

/** The package URL of the driver that a program with a database uses. */
export function driverPurl(tree: string): string {
  return npmPurl(readManifest(addonSources(tree).driver));
}

function sqlitePart(folder: string): Part {
  const version = /#define SQLITE_VERSION +"([^"]+)"/.exec(readFileSync(path.join(folder, "sqlite3.h"), "utf8"))?.[1];
  if (version === undefined) throw new Error(`${folder}: sqlite3.h names no version`);
  return {
    name: "sqlite",
    version,
    purl: `pkg:generic/sqlite@${version}`,
    kind: "library",
    licence: "blessing",
    author: "The SQLite authors",
    homepage: "https://sqlite.org",
    notices: { "PUBLIC-DOMAIN": readFileSync(path.join(import.meta.dirname, "licences", "blessing.txt"), "utf8") },
    uses: [],
  };
}

/** libstdc++ and libgcc, which are linked into an add-on that was built here. */
export function gccPart(version: string, notice: string): Part {
  return {
    name: "gcc-runtime",
    version,
    purl: `pkg:generic/gcc-runtime@${version}`,
    kind: "library",
    licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
    author: "Free Software Foundation",
    homepage: "https://gcc.gnu.org",
    notices: { COPYRIGHT: notice },
    uses: [],
  };
}
