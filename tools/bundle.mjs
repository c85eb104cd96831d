// What an app ships: src/main.ts and all it needs as dist/bin/NAME.js, with a few chunks beside it for what is
// loaded later. One file starts several times faster than the hundreds it is made of. Native modules stay outside.
import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * The rolldown configuration of an app.
 * @param {string} name of the executable
 * @param {{ node: string, external?: string[], threads?: Record<string, string> }} options the oldest Node it runs
 *   on; what is not bundled; modules that it starts as threads, by the name of what is built of them
 * @returns {import("rolldown").RolldownOptions}
 */
export function bundle(name, { node, external = [], threads = {} }) {
  return {
    input: { [name]: "src/main.ts", ...threads },
    platform: "node",
    external,
    transform: { target: `node${node}` },
    resolve: {
      conditionNames: ["@hal/source", "node", "import", "default"],
      alias: { "string-width": path.join(import.meta.dirname, "string-width.mjs") },
    },
    plugins: [executable(name)],
    output: {
      dir: "dist/bin",
      cleanDir: true,
      format: "esm",
      banner: (chunk) => (chunk.name === name ? hashbang(chunk) : ""),
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

function executable(name) {
  return {
    name: "executable",
    writeBundle({ dir }, chunks) {
      for (const chunk of Object.values(chunks)) {
        if (chunk.type === "chunk" && chunk.isEntry && chunk.name === name)
          chmodSync(path.join(dir, chunk.fileName), 0o755);
      }
    },
  };
}
