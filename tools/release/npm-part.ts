import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Part } from "./part.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
  readonly homepage?: string;
}

/** Files that a licence asks to hand on. */
const NOTICE = /^(licen[sc]e|copying|notice|unlicense|copyright)/i;

/** An installed npm package as a part; `hashes` are those of the lockfile, by `name@version`. */
export function npmPart(folder: string, { hashes, uses = [] }: { hashes: Hashes; uses?: readonly string[] }): Part {
  const manifest = readManifest(folder);
  const { name, version, license, author, homepage } = manifest;
  if (license === undefined) throw new Error(`${folder}: the manifest names no licence`);
  const known = { name, version, licence: license, author: typeof author === "string" ? author : author?.name };
  return {
    ...known,
    homepage,
    purl: npmPurl(manifest),
    kind: "library",
    sha512: hashes.get(`${name}@${version}`),
    notices: noticesOf(folder, known),
    uses,
  };
}

export function npmPurl({ name, version }: { readonly name: string; readonly version: string }): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest;
}

/** The notices of a package; of one that brings none what its manifest says stands for them. */
function noticesOf(
  folder: string,
  { name, version, licence, author }: Pick<Part, "name" | "version" | "licence" | "author">,
) {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && NOTICE.test(entry.name),
  );
  if (files.length > 0)
    return Object.fromEntries(files.map((entry) => [entry.name, readFileSync(path.join(folder, entry.name), "utf8")]));
  const text = `${name} ${version} brings no file with its licence. Its manifest says: ${licence}, by ${author ?? "its authors"}.\n`;
  return { LICENSE: `${text}\n${standardText(licence, name)}` };
}

/** The words of a licence itself, for packages that only name it. */
function standardText(licence: string, name: string): string {
  if (!/^[\w.-]+$/.test(licence))
    throw new Error(`${name}: ${licence} has to be written out in tools/release/licences`);
  return readFileSync(path.join(import.meta.dirname, "licences", `${licence}.txt`), "utf8");
}

export type Hashes = ReadonlyMap<string, string>;

/** The hashes of a pnpm-lock.yaml, in hexadecimal, by `name@version`. */
export function hashesOf(lockfile: string): Hashes {
  const entries = lockfile.matchAll(
    /^ {2}'?((?:@[^@'\n]+\/)?[^@'\n/]+@[^'\n:]+)'?:\n {4}resolution: \{integrity: sha512-([^,}]+)/gm,
  );
  return new Map([...entries].map(([, name, hash]) => [name!, Buffer.from(hash!, "base64").toString("hex")]));
}
