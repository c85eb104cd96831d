// What an app ships: src/main.ts and all it needs as dist/bin/NAME.js, with a few chunks beside it for what is
// loaded later. One file starts several times faster than the hundreds it is made of. Native modules stay outside. Beside it:
// THIRD-PARTY-NOTICES.
import { chmodSync, readFileSync } from "node:fs";
import path from "node:path";
import { minifySync } from "rolldown/utils";
import { notices } from "./notices.mjs";

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
    plugins: [slim(), executable(name), notices()],
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

/**
 * Of chunks that are others' work alone the program keeps no more than it needs, as their text stays in memory as long as it runs: no
 * comments but licences, no blanks, and plain ASCII, since one other character makes each take two bytes. Whose they are is said on top.
 */
function slim() {
  return {
    name: "slim",
    generateBundle(_, chunks) {
      for (const chunk of Object.values(chunks)) {
        const modules = chunk.type === "chunk" ? chunk.moduleIds.filter((id) => path.isAbsolute(id)) : [];
        if (modules.length === 0 || !modules.every((id) => id.includes("/node_modules/"))) continue;
        const codegen = { removeWhitespace: true, legalComments: "inline" };
        const slimmed = minifySync(chunk.fileName, chunk.code, {
          module: true,
          compress: false,
          mangle: false,
          codegen,
        });
        if (slimmed.errors.length > 0) throw new Error(`${chunk.fileName}: ${slimmed.errors[0].message}`);
        const packages = [...new Set(modules.map(packageOf))].toSorted((one, other) => one.localeCompare(other));
        chunk.code = `// from ${packages.join(", ")}\n${asAscii(slimmed.code)}`;
        // of the map no line would be right
        delete chunks[chunk.sourcemapFileName];
      }
    },
  };
}

/** The package that a module is of: the name behind the last `node_modules`. */
function packageOf(id) {
  const [scope, name] = id.slice(id.lastIndexOf("/node_modules/") + "/node_modules/".length).split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

/** The same program, in which other characters are escaped. */
function asAscii(code) {
  return code.replaceAll(/(\\*)([^\0-\x7f])/g, (_, before, unit) => {
    // one with a backslash before it stands for itself
    const kept = before.length % 2 === 1 ? before.slice(1) : before;
    return `${kept}\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
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
