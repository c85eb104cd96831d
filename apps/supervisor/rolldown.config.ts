import { defineConfig } from "rolldown";

/** What is shipped: bundled, because loading many small files would cost most of the start-up time. */
export default defineConfig({
  input: { "hal-supervisor": "src/main.ts" },
  platform: "node",
  external: ["better-sqlite3"],
  resolve: { conditionNames: ["@hal/source", "node", "import", "default"] },
  output: { dir: "dist/bin", format: "esm", sourcemap: true, entryFileNames: "[name].js", chunkFileNames: "hal-supervisor-[name].js" },
});
