// The licence notices of what others wrote and a bundle contains: their licences ask whoever hands it on to hand them on, too.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const STANDARD_TEXTS = path.join(import.meta.dirname, "release", "licences");
/** Files in which a package says whose it is. */
const NOTICE = /^(?:licen[sc]e|copying|notice|unlicense|copyright)/i;
/** Modules that the bundler adds itself: its runtime, and helpers for syntax that is too new. */
const BUNDLERS_OWN = /^\0?(?:rolldown\/|@oxc-project\+runtime@)/;
const RULE = "=".repeat(100);

/**
 * A plugin that writes THIRD-PARTY-NOTICES beside the folder of the bundle.
 * @returns {import("rolldown").Plugin}
 */
export function notices() {
  return {
    name: "notices",
    writeBundle({ dir }, chunks) {
      const modules = Object.values(chunks).flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
      writeFileSync(path.join(dir, "..", "THIRD-PARTY-NOTICES"), noticesOf(packageFolders(modules)));
    },
  };
}

/**
 * The folders of the packages that modules are of; none for our own.
 * @param {readonly string[]} modules ids as the bundler has them
 * @returns {string[]}
 */
export function packageFolders(modules) {
  const folders = modules.map((id) =>
    BUNDLERS_OWN.test(id)
      ? path.join(root, "node_modules", "rolldown")
      : /^(?<folder>.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.groups?.folder,
  );
  return [...new Set(folders.filter((folder) => folder !== undefined))];
}

/**
 * One text for all of them, by name: who wrote it, under which licence, and that licence's words.
 * @param {readonly string[]} folders of packages
 * @returns {string}
 */
export function noticesOf(folders) {
  // a package may lie in two folders, once for each set of its peers
  const byName = new Map(folders.map((folder) => noticeOf(folder)));
  const parts = [...byName].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  const head = `This program contains the ${parts.length} packages below, which others wrote, each under its own licence.\n`;
  return [head, ...parts].join(`\n${RULE}\n`);
}

function noticeOf(folder) {
  const { name, version, license, author, homepage } = JSON.parse(
    readFileSync(path.join(folder, "package.json"), "utf8"),
  );
  if (license === undefined) throw new Error(`${name}: its manifest names no licence, so it cannot be bundled`);
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && NOTICE.test(entry.name))
    .map((entry) => readFileSync(path.join(folder, entry.name), "utf8").trim());
  const texts = files.length > 0 ? files : [standardText({ name, license, author: author?.name ?? author })];
  const title = [`${name} ${version} (${license})`, homepage].filter((line) => line !== undefined).join("\n");
  return [`${name} ${version}`, `${[title, ...texts].join("\n\n")}\n`];
}

/** The words of a licence itself, for a package that brings no file with them. */
function standardText({ name, license, author = `the authors of ${name}` }) {
  const file = path.join(STANDARD_TEXTS, `${license}.txt`);
  try {
    return `By ${author}. The package brings no file with its licence; these are the words of ${license}:\n\n${readFileSync(file, "utf8").trim()}`;
  } catch {
    throw new Error(`${name} brings no file with its licence: put the words of ${license} into ${file}`);
  }
}
