// npm run migration -- supervisor|agent [--name WHAT]: writes the migration that brings a database from the
// last one to the schema as it is now, into packages/store/migrations/.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const [database, ...rest] = process.argv.slice(2);
if (database !== "supervisor" && database !== "agent") {
  console.error("usage: npm run migration -- supervisor|agent [--name WHAT]");
  process.exit(2);
}
const store = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "packages", "store");
const generate = ["exec", "drizzle-kit", "generate", "--config", `drizzle.${database}.config.ts`, ...rest];
const { status } = spawnSync("pnpm", generate, {
  cwd: store,
  stdio: "inherit",
  shell: process.platform === "win32",
  // the schema reads @hal/protocol, which drizzle-kit looks for as CommonJS; from source it finds it
  env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --conditions=@hal/source` },
});
process.exitCode = status ?? 1;
