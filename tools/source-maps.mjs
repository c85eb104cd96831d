// npm run release:maps -- [FOLDER]: the source maps of the published programs, which their packages leave out, as one archive in FOLDER (dist/release).
// Unpacked over an installed package, they make a stack of `NODE_OPTIONS=--enable-source-maps` name the sources.
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(path.join(root, "apps/halctl/package.json"), "utf8"));
const to = path.resolve(process.env.INIT_CWD ?? root, process.argv[2] ?? path.join(root, "dist", "release"));
const archive = path.join(to, `hal-source-maps-${version}.tar.gz`);
const maps = globSync("*/dist/bin/*.map", { cwd: path.join(root, "apps") }).toSorted();
if (maps.length === 0) throw new Error("there are no source maps; run: npm run build");
mkdirSync(to, { recursive: true });
const steady = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=a+r"];
execFileSync("tar", [...steady, "--use-compress-program=gzip -n", "-cf", archive, ...maps], {
  cwd: path.join(root, "apps"),
});
console.log(archive);
