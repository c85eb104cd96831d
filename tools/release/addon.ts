import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { addonSources, gccPart } from "./addon-parts.ts";
import { sha256 } from "./archive.ts";
import type { Platform } from "./components.ts";
import { filesBelow } from "./files-below.ts";
import { glibcFloor, isNewer } from "./glibc-floor.ts";
import { readManifest } from "./npm-part.ts";
import type { Part } from "./part.ts";
import { besideOldDebian, needOldDebian } from "./old-debian.ts";

/** An add-on for a platform, and what is linked into it. */
export interface Addon {
  readonly file: string;
  readonly gcc: Part | undefined;
}

interface BuildOptions {
  readonly tree: string;
  readonly platform: Platform;
  readonly cache: string;
  /** the folder of the Node package whose headers it is compiled with */
  readonly node: string;
}

/** No symbol of the C library that an add-on built here asks for is newer. */
export const FLOOR = "2.28";

const RECIPE = path.join(import.meta.dirname, "addon-recipe.sh");
const COMPILERS = {
  "linux-x64": { packages: "g++", prefix: "" },
  "linux-arm64": { packages: "g++,g++-aarch64-linux-gnu", prefix: "aarch64-linux-gnu-" },
};

/** The add-on that better-sqlite3 brings. */
export function prebuiltAddon(tree: string, platform: Platform): Addon {
  return { file: path.join(addonSources(tree).driver, "prebuilds", `${platform}.node`), gcc: undefined };
}

/** The add-on built against an older C library; built where the cache lacks it. */
export function builtAddon(options: BuildOptions): Addon {
  mkdirSync(options.cache, { recursive: true });
  const work = mkdtempSync(path.join(options.cache, "addon-"));
  try {
    prepareSources(options, work);
    const name = `better-sqlite3-${readManifest(addonSources(options.tree).driver).version}`;
    const built = path.join(options.cache, `${name}-${options.platform}-${hashOf(work).slice(0, 16)}`);
    if (!existsSync(built)) renameSync(build(options, work), built);
    const read = (file: string) => readFileSync(path.join(built, file), "utf8");
    return {
      file: path.join(built, "better_sqlite3.node"),
      gcc: gccPart(read("gcc-version").trim(), read("gcc-copyright")),
    };
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Whatever the add-on is made of, in one folder. */
function prepareSources({ tree, node, platform }: BuildOptions, work: string): void {
  const { driver, headers } = addonSources(tree);
  cpSync(path.join(driver, "src"), path.join(work, "src"), { recursive: true });
  cpSync(path.join(driver, "deps", "sqlite3"), path.join(work, "deps", "sqlite3"), { recursive: true });
  for (const name of ["node_api.h", "node_api_types.h", "js_native_api.h", "js_native_api_types.h"])
    cpSync(path.join(node, "include", "node", name), path.join(work, "include", "node", name));
  for (const name of ["napi.h", "napi-inl.h", "napi-inl.deprecated.h"])
    cpSync(path.join(headers, name), path.join(work, "include", "node-addon-api", name));
  writeFileSync(
    path.join(work, "sqlite.defines"),
    `${sqliteDefines(readFileSync(path.join(driver, "deps", "defines.gypi"), "utf8"))}\n`,
  );
  writeFileSync(path.join(work, "tools"), COMPILERS[platform].prefix);
  cpSync(RECIPE, path.join(work, "recipe.sh"));
}

/** How better-sqlite3 has SQLite compiled, as a compiler's arguments. */
export function sqliteDefines(gypi: string): string {
  const listed = /'defines': \[([^\]]*)\]/.exec(gypi)?.[1] ?? "";
  const defines = [...listed.matchAll(/'(\w+(?:=[\w-]+)?)'/g)].map(([, define]) => `-D${define}`);
  if (defines.length === 0) throw new Error("defines.gypi of better-sqlite3 lists no defines");
  return defines.join(" ");
}

function hashOf(folder: string): string {
  return sha256(
    filesBelow(folder)
      .map((file) => `${file} ${sha256(readFileSync(path.join(folder, file)))}\n`)
      .join(""),
  );
}

/** Builds it in a Debian 11 that is made for it and thrown away; the folder of the result. */
function build({ platform, cache }: BuildOptions, work: string): string {
  needOldDebian(`the add-on for ${platform}`, "take the one with the higher floor by --addon prebuilt");
  const { packages, prefix } = COMPILERS[platform];
  console.error(`building the add-on of better-sqlite3 for ${platform} in a root of Debian 11 (a minute or two)`);
  const result = mkdtempSync(path.join(cache, "built-"));
  try {
    besideOldDebian({
      packages,
      env: { HAL_WORK: work, HAL_BUILT: result },
      commands: [
        'cp -r "$HAL_WORK" "$1/work"',
        `chroot "$1" env TOOLS=${prefix} sh /work/recipe.sh`,
        'cd "$1/work" && cp better_sqlite3.node symbols gcc-copyright gcc-version "$HAL_BUILT"',
      ],
    });
    checkFloor(path.join(result, "better_sqlite3.node"), readFileSync(path.join(result, "symbols"), "utf8"));
    return result;
  } catch (error) {
    rmSync(result, { recursive: true });
    throw error;
  }
}

/** What it asks for, by the linker's own account and by ours. */
function checkFloor(file: string, symbols: string): void {
  const tooNew = symbols.split("\n").filter((line) => /GLIBCXX_|CXXABI_/.test(line) || isNewer(versionIn(line), FLOOR));
  if (tooNew.length > 0) throw new Error(`the add-on asks for more than glibc ${FLOOR}:\n${tooNew.join("\n")}`);
  const floor = glibcFloor(readFileSync(file));
  if (isNewer(floor, FLOOR)) throw new Error(`the add-on says that it asks for glibc ${floor}`);
}

function versionIn(line: string): string {
  return /GLIBC_(\d+\.\d+)/.exec(line)?.[1] ?? "0.0";
}
