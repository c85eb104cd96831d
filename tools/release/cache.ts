import { homedir } from "node:os";
import path from "node:path";

/** Where what a release brings is kept from one build to the next. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return path.join(env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "hal-o-swarm", "release");
}
