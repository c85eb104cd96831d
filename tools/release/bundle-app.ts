import { chmodSync, globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { OutputOptions, Plugin, RolldownOptions } from "rolldown";
import type { Module } from "./bundled.ts";

interface BundleOptions {
  /** the root of the sources */
  readonly tree: string;
  /** the app's folder in `apps` */
  readonly app: string;
  readonly version: string;
  /** where the bundle is written */
  readonly to: string;
}

/** Bundles an app as its own configuration says, without source maps, and as `version`. */
export async function bundleApp({ tree, app, version, to }: BundleOptions): Promise<readonly Module[]> {
  const cwd = path.join(tree, "apps", app);
  const load = async (file: string) => (await import(pathToFileURL(file).href)) as unknown;
  const { rolldown } = (await load(
    createRequire(path.join(tree, "package.json")).resolve("rolldown"),
  )) as typeof import("rolldown");
  const { default: config } = (await load(path.join(cwd, "rolldown.config.ts"))) as { default: RolldownOptions };
  const modules: Module[] = [];
  const plugins = [config.plugins, versioned(path.join(cwd, "package.json"), version), listed(modules)];
  const bundle = await rolldown({ ...config, cwd, plugins, logLevel: "silent" });
  try {
    await bundle.write({ ...(config.output as OutputOptions), dir: to, sourcemap: false });
  } finally {
    await bundle.close();
  }
  // started by the launcher alone, on the Node that it brings
  for (const file of globSync("*.js", { cwd: to })) chmodSync(path.join(to, file), 0o644);
  return modules;
}

/** Has the app's manifest say another version. */
function versioned(manifest: string, version: string): Plugin {
  return {
    name: "versioned",
    load(id) {
      if (id !== manifest) return null;
      const written = JSON.parse(readFileSync(manifest, "utf8")) as object;
      return { code: JSON.stringify({ ...written, version }), moduleType: "json" };
    },
  };
}

/** Notes each module that is in the bundle. */
function listed(modules: Module[]): Plugin {
  return {
    name: "listed",
    generateBundle(_, chunks) {
      const ids = Object.values(chunks).flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
      for (const id of new Set(ids)) {
        const info = this.getModuleInfo(id);
        modules.push({ id, imports: [...(info?.importedIds ?? []), ...(info?.dynamicallyImportedIds ?? [])] });
      }
    },
  };
}
