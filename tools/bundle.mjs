// What an app ships: src/main.ts and all it needs as dist/bin/NAME.js, with a few chunks beside it for what is
// loaded later. One file starts several times faster than the hundreds it is made of. Native modules stay outside.
import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * The rolldown configuration of an app.
 * @param {string} name of the executable
 * @param {{ node: string, external?: string[] }} options the oldest Node it runs on; what is not bundled
 * @returns {import("rolldown").RolldownOptions}
 */
export function bundle(name, { node, external = [] }) {
  return {
    input: { [name]: "src/main.ts" },
    platform: "node",
    external,
    transform: { target: `node${node}` },
    resolve: { conditionNames: ["@hal/source", "node", "import", "default"] },
    plugins: [executable()],
    output: {
      dir: "dist/bin",
      cleanDir: true,
      format: "esm",
      banner: hashbang,
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: `${name}-[name].js`,
    },
  };
}

/** So that the entry can be started by its name. */
function hashbang(chunk) {
  if (!chunk.isEntry || readFileSync(chunk.facadeModuleId, "utf8").startsWith("#!")) return "";
  return "#!/usr/bin/env node";
}

function executable() {
  return {
    name: "executable",
    writeBundle({ dir }, chunks) {
      for (const chunk of Object.values(chunks)) {
        if (chunk.type === "chunk" && chunk.isEntry) chmodSync(path.join(dir, chunk.fileName), 0o755);
      }
    },
  };
}
