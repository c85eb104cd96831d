import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The first of some places, relative to a module, that is there: beside a bundle, or in the sources. */
export function pathBeside(moduleUrl: string, places: readonly [string, ...string[]]): string {
  const paths = places.map((place) => fileURLToPath(new URL(place, moduleUrl)));
  return paths.find((path) => existsSync(path)) ?? (paths[0] as string);
}
