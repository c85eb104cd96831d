// What a bundle is made of, by the modules that are in it.
import { npmPart, npmPurl, readManifest, type Hashes } from "./npm-part.ts";
import type { Part } from "./part.ts";

/** A module of a bundle, and what it imports. */
export interface Module {
  readonly id: string;
  readonly imports: readonly string[];
}

interface Bundled {
  /** the folders of packages that are in the bundle */
  readonly folders: readonly string[];
  /** for each of them those that it imports; for `""` those that our own modules import */
  readonly uses: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The packages of the modules, and which of them uses which; `bundler` is the folder of what the bundler itself adds. */
export function bundled(modules: readonly Module[], bundler: string): Bundled {
  const packageFolder = (id: string) => (BUNDLER.test(id) ? bundler : folderOf(id));
  const ids = new Set(modules.map(({ id }) => id));
  const uses = new Map<string, Set<string>>([["", new Set()]]);
  for (const { id, imports } of modules) {
    const folder = packageFolder(id);
    const own = uses.get(folder) ?? new Set();
    uses.set(folder, own);
    for (const other of imports.filter((one) => ids.has(one)).map(packageFolder))
      if (other !== folder && other !== "") own.add(other);
  }
  return { folders: [...uses.keys()].filter((folder) => folder !== "").toSorted(), uses };
}

/** Modules that the bundler adds: its runtime, and helpers for syntax that is too new. */
const BUNDLER = /^\0?(?:rolldown\/|@oxc-project\+runtime@)/;

/** The folder of the package that a module is of; none for our own modules. */
function folderOf(id: string): string {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? "";
}

/** Packages in a bundle as parts, and the package URLs of those that our own modules use. */
export function bundledParts(
  modules: readonly Module[],
  { hashes, bundler }: { hashes: Hashes; bundler: string },
): { parts: readonly Part[]; used: readonly string[] } {
  const { folders, uses } = bundled(modules, bundler);
  const purls = new Map(folders.map((folder) => [folder, npmPurl(readManifest(folder))]));
  const usedBy = (folder: string) => [...(uses.get(folder) ?? [])].map((other) => purls.get(other)!);
  // a package may lie in two folders, once for each set of its peers
  const parts = new Map<string, Part>();
  for (const folder of folders) {
    const part = npmPart(folder, { hashes, uses: usedBy(folder) });
    const earlier = parts.get(part.purl);
    parts.set(part.purl, { ...part, uses: [...new Set([...(earlier?.uses ?? []), ...part.uses])].toSorted() });
  }
  return { parts: [...parts.values()], used: usedBy("").toSorted() };
}
