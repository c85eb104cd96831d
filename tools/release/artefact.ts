import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Addon } from "./addon.ts";
import { addonIn, type App } from "./app.ts";
import { pack } from "./archive.ts";
import type { Component, Platform } from "./components.ts";
import { glibcFloor, highest } from "./glibc-floor.ts";
import { launcher } from "./launcher.ts";
import { noticesFolder, type Part } from "./part.ts";
import { sbom } from "./sbom.ts";

interface ArtefactOptions {
  readonly component: Component;
  readonly platform: Platform;
  readonly version: string;
  /** the time of all that is in it, in seconds */
  readonly epoch: number;
  readonly app: App;
  readonly runtime: { readonly folder: string; readonly part: Part };
  /** with the parts that come with it */
  readonly addon: (Addon & { readonly parts: readonly Part[]; readonly driver: string }) | undefined;
  /** the licence of the product itself */
  readonly licence: string;
  /** where the archive is written */
  readonly out: string;
}

/** The archive of a component for a platform; its name. */
export function makeArtefact(options: ArtefactOptions): string {
  const { component, platform, version, epoch, out } = options;
  const folder = path.join(out, `${component.name}-${version}`);
  try {
    fillFolder(folder, options);
    const name = `${component.name}-${version}-${platform}.tar.gz`;
    pack(folder, path.join(out, name), epoch);
    return name;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fillFolder(
  folder: string,
  { component: { name }, platform, version, epoch, app, runtime, addon, licence }: ArtefactOptions,
): void {
  for (const inside of ["bin", "runtime", "licenses"]) mkdirSync(path.join(folder, inside), { recursive: true });
  cpSync(app.folder, path.join(folder, "app"), { recursive: true });
  const binaries = [path.join(folder, "runtime", name)];
  copyFileSync(path.join(runtime.folder, "bin", "node"), binaries[0]!);
  if (addon !== undefined) {
    binaries.push(addonIn(path.join(folder, "app"), platform));
    mkdirSync(path.dirname(binaries[1]!), { recursive: true });
    copyFileSync(addon.file, binaries[1]!);
  }
  writeFileSync(path.join(folder, "bin", name), launcher(name));
  for (const file of ["bin", "runtime"]) chmodSync(path.join(folder, file, name), 0o755);

  const parts = [runtime.part, ...app.parts, ...(addon?.parts ?? [])];
  writeNotices(path.join(folder, "licenses"), parts, licence);
  const used = [...app.used, runtime.part.purl, ...(addon === undefined ? [] : [addon.driver])];
  writeFileSync(path.join(folder, "sbom.cdx.json"), sbom({ name, version, platform, epoch, parts, used }));
  writeFileSync(
    path.join(folder, "glibc-floor"),
    `${highest(binaries.map((file) => glibcFloor(readFileSync(file))))}\n`,
  );
  writeFileSync(path.join(folder, "VERSION"), `${version}\n`);
}

function writeNotices(folder: string, parts: readonly Part[], licence: string): void {
  writeFileSync(path.join(folder, "LICENSE"), licence);
  for (const part of parts) {
    const own = path.join(folder, noticesFolder(part));
    mkdirSync(own, { recursive: true });
    for (const [name, text] of Object.entries(part.notices)) writeFileSync(path.join(own, name), text);
  }
}
