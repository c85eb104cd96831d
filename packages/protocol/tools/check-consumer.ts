// Packs the package and compiles a program that uses it, strictly, with the libraries of a browser and nothing else, and
// with its types checked, too: what it needs beyond that no user has.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = `import { createHttpClient, HalError, LiveText, type SessionView } from "@hal/protocol";
import { inOneLine } from "@hal/protocol/text";

const client = createHttpClient({ url: "http://localhost:8421", token: "", fetch: (url, init) => fetch(url, init) });
export async function titles(): Promise<readonly string[]> {
  const { output } = await client.call("sessions.list", { status: "busy" });
  return output.map((session: SessionView) => inOneLine(session.title));
}
export async function types(): Promise<void> {
  for await (const { item } of client.stream("events.stream", {})) if (item.type === "gap") throw new HalError("internal", "");
}
export const reader = new LiveText().reader();
// @ts-expect-error there is no such operation
void client.call("whoami", {});
`;
const COMPILER = {
  target: "es2023",
  lib: ["es2023", "dom"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
  types: [],
};

const folder = join(import.meta.dirname, "..");
const user = mkdtempSync(join(tmpdir(), "hal-consumer-"));
try {
  const installed = join(user, "node_modules/@hal/protocol");
  mkdirSync(installed, { recursive: true });
  run("pnpm", ["pack", "--out", join(user, "protocol.tgz")], folder);
  run("tar", ["-xzf", join(user, "protocol.tgz"), "--strip-components=1", "-C", installed], user);
  for (const name of readdirSync(join(folder, "node_modules")))
    if (/^(valibot|fastest-levenshtein)$/.test(name))
      symlinkSync(join(folder, "node_modules", name), join(user, "node_modules", name));
  writeFileSync(join(user, "package.json"), '{ "type": "module" }');
  writeFileSync(join(user, "program.ts"), PROGRAM);
  writeFileSync(join(user, "tsconfig.json"), JSON.stringify({ compilerOptions: COMPILER, files: ["program.ts"] }));
  run("tsc", ["-p", user], folder);
} finally {
  rmSync(user, { recursive: true, force: true });
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
}
