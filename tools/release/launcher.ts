import { readFileSync } from "node:fs";
import path from "node:path";

/** The program that starts a component; `root` is where it finds `/proc` and `/sys`. */
export function launcher(component: string, { root = "" } = {}): string {
  return readFileSync(path.join(import.meta.dirname, "launcher.sh"), "utf8")
    .replaceAll("@COMPONENT@", component)
    .replaceAll("@ROOT@", root);
}
