// npm run release:addon -- [--platform P[,P]] [--cache DIR]
//
// Builds better-sqlite3's add-on so that it runs on old systems, too: in a root of Debian 11, which it makes and throws away (needs root
// and mmdebstrap). The result is kept in the cache, where release:artefacts finds it, until the add-on's sources change.
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { misused, readOptions } from "../options.ts";
import { builtAddon } from "./addon.ts";
import { cacheFolder } from "./cache.ts";
import { isPlatform, PLATFORMS } from "./components.ts";
import { glibcFloor } from "./glibc-floor.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { refusing } from "./refusal.ts";

const USAGE = "npm run release:addon -- [--platform linux-x64,linux-arm64] [--cache DIR]";
const tree = path.dirname(path.dirname(import.meta.dirname));
const { values: flags } = readOptions(USAGE, {
  options: {
    platform: { type: "string", default: PLATFORMS.join(",") },
    cache: { type: "string", default: cacheFolder(process.env) },
  },
});

await refusing(() => {
  for (const name of flags.platform.split(",")) {
    const platform = isPlatform(name) ? name : misused(USAGE, `there is no platform ${name}`);
    const runtime = nodeRuntime(platform, flags.cache);
    try {
      const { file } = builtAddon({ tree, platform, cache: flags.cache, node: runtime.folder });
      console.log(`${file} runs on glibc ${glibcFloor(readFileSync(file))} and newer`);
    } finally {
      rmSync(runtime.folder, { recursive: true });
    }
  }
});
