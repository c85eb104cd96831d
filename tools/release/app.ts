import { cpSync, mkdirSync, readFileSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { addonSources } from "./addon-parts.ts";
import { bundleApp } from "./bundle-app.ts";
import { bundledParts } from "./bundled.ts";
import type { Component } from "./components.ts";
import type { Hashes } from "./npm-part.ts";
import type { Part } from "./part.ts";
import { run } from "./run.ts";

/** What a component runs, for each platform but for the add-on, and the parts that are in it. */
export interface App {
  readonly folder: string;
  readonly parts: readonly Part[];
  /** package URLs of the parts that our own modules use */
  readonly used: readonly string[];
}

interface AppOptions {
  readonly tree: string;
  readonly version: string;
  readonly hashes: Hashes;
  readonly to: string;
}

/** Makes the `app` folder of a component: its bundle, with what that reads at run time. */
export async function makeApp(component: Component, { tree, version, hashes, to }: AppOptions): Promise<App> {
  const { app, name, database, schema } = component;
  const bin = path.join(to, "bin");
  const modules = await bundleApp({ tree, app, version, to: bin });
  const bundler = realpathSync(path.join(tree, "node_modules", "rolldown"));
  const { name: npmName, license } = JSON.parse(readFileSync(path.join(tree, "apps", app, "package.json"), "utf8"));
  writeFileSync(
    path.join(to, "package.json"),
    `${JSON.stringify({ name: npmName, version, license, type: "module" }, null, 2)}\n`,
  );
  if (database !== undefined) {
    cpSync(path.join(tree, "packages", "store", "migrations", database), path.join(to, "migrations", database), {
      recursive: true,
    });
    copyDriver(addonSources(tree).driver, path.join(to, "node_modules", "better-sqlite3"));
  }
  writeFileSync(path.join(to, "config.schema.json"), run(process.execPath, [path.join(bin, `${name}.js`), ...schema]));
  return { folder: to, ...bundledParts(modules, { hashes, bundler }) };
}

/** better-sqlite3 as far as it is read at run time, without an add-on. */
function copyDriver(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  cpSync(path.join(from, "package.json"), path.join(to, "package.json"));
  const other = /^(?:linux|linuxmusl|darwin|win32)-/;
  for (const name of readdirSync(path.join(from, "lib")).filter((entry) => !other.test(entry)))
    cpSync(path.join(from, "lib", name), path.join(to, "lib", name), { recursive: true });
}

/** Where the add-on of a platform lies in an `app` folder. */
export function addonIn(app: string, platform: string): string {
  return path.join(app, "node_modules", "better-sqlite3", "prebuilds", `${platform}.node`);
}
