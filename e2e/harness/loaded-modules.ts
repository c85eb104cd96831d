import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const FILE = "modules.txt";

/** The environment of a program that is to say in that folder which modules it loads. */
export function listingModules(folder: string): NodeJS.ProcessEnv {
  const preload = new URL("list-modules.mjs", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, MODULES_FILE: path.join(folder, FILE) };
}

/** Which files were loaded there that have a package with this in its name, by itself or in a bundle, which names them on top. */
export function loadedOf(name: string, folder: string): string[] {
  const urls = new Set(readFileSync(path.join(folder, FILE), "utf8").trim().split("\n"));
  const files = [...urls].filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  return files
    .filter((file) => file.includes(`/node_modules/${name}`) || hasInBundle(name, readFileSync(file, "utf8")))
    .map((file) => path.basename(file));
}

/** Bundles say of what they have, either on top or above each module. */
function hasInBundle(name: string, text: string): boolean {
  const [first = ""] = text.split("\n", 1);
  const ofOthers = /^\/\/ from (.+)$/.exec(first)?.[1]?.split(", ") ?? [];
  const modules = [...text.matchAll(/^\/\/ .*\/node_modules\/(.+)$/gm)].map(([, module = ""]) => module);
  return [...ofOthers, ...modules].some((one) => one.startsWith(name));
}
