import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/** What the repository says to itself, and what is never published: none of it may reach a user. */
const OURS = /catalog:|workspace:|@hal\/(?:source|daemon|words|testkit)\b/;

/**
 * What is wrong with a package as a user gets it, in sentences.
 * @param {string} folder where it is installed
 * @returns {string[]}
 */
export function problemsOf(folder) {
  const text = readFileSync(path.join(folder, "package.json"), "utf8");
  const manifest = JSON.parse(text);
  const bundle = globSync("dist/bin/*.js", { cwd: folder });
  const wanted = ["README.md", "LICENSE", ...(bundle.length > 0 ? ["dist/THIRD-PARTY-NOTICES"] : [])];
  const unwanted = [
    ...globSync("**/*.tsbuildinfo", { cwd: folder }),
    ...globSync("dist/bin/*.map", { cwd: folder }),
    ...globSync("**/meta/*_snapshot.json", { cwd: folder }),
    ...globSync("test/**", { cwd: folder }),
  ];
  const ours = OURS.exec(text);
  return [
    ...wanted.filter((file) => !existsSync(path.join(folder, file))).map((file) => `it has no ${file}`),
    ...unwanted.map((file) => `it has ${file}`),
    ...(ours === null ? [] : [`its manifest says ${ours[0]}`]),
    ...["devDependencies", "scripts"].filter((key) => key in manifest).map((key) => `its manifest has ${key}`),
    ...targetsOf(manifest)
      .filter((target) => !existsSync(path.join(folder, target)))
      .map((target) => `its manifest names ${target}, which is not there`),
    ...unnoticed(folder, bundle).map((name) => `it contains ${name}, and has no notice of it`),
  ];
}

function targetsOf({ bin = {}, exports = {} }) {
  const below = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(below));
  return [...Object.values(bin), ...below(exports)];
}

/** Packages that the chunks of a bundle name on top, and the notices do not. */
function unnoticed(folder, bundle) {
  if (bundle.length === 0) return [];
  const notices = readFileSync(path.join(folder, "dist/THIRD-PARTY-NOTICES"), "utf8");
  const names = bundle.flatMap((file) => {
    const [, list] = /^\/\/ from (.+)$/m.exec(readFileSync(path.join(folder, file), "utf8").slice(0, 2_000)) ?? [];
    return list?.split(", ") ?? [];
  });
  return [...new Set(names)].filter((name) => !notices.includes(`\n${name} `));
}
