import { bundle } from "../../tools/bundle.mjs";

export default bundle("hal-supervisor", {
  node: "22.19",
  external: ["better-sqlite3"],
  threads: { "hal-supervisor-writer": "src/writer.ts", "hal-supervisor-checker": "src/checker.ts" },
});
