import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runSupervisor } from "../src/cli.ts";
import { TOKEN } from "./support/start.ts";

let folder: string;
/** Each of these is a directory, which is refused by its name where a database is wanted. */
const place = (name: string): string => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hal flags "));
  for (const name of ["of the file", "of the variable", "of the flag"]) mkdirSync(place(name));
  writeFileSync(
    place("config.json"),
    JSON.stringify({ server: { auth_token: TOKEN }, database: { path: place("of the file") } }),
    { mode: 0o600 },
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `hal-supervisor --validate` says. */
async function validate(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  let said = "";
  const sink = { isTTY: false, write: (text: string) => (said += text) };
  const argv = ["node", "hal-supervisor", ...args, "--validate"];
  const process = { argv, env, stdin: { isTTY: false }, stdout: sink, stderr: sink };
  await runSupervisor(process as unknown as NodeJS.Process);
  return said;
}

describe("where a thing is said by a flag, a variable and the file", () => {
  it.each([
    ["the flag wins", ["--db-path", "of the flag"], "of the variable", "of the flag"],
    ["the variable wins over the file", [], "of the variable", "of the variable"],
    ["the file counts where nothing else is said", [], undefined, "of the file"],
  ])("%s, of the database", async (_name, [flag, name], variable, wins) => {
    const args = ["--config", place("config.json"), ...(flag === undefined ? [] : [flag, place(name ?? "")])];
    const said = await validate(args, variable === undefined ? {} : { DB_PATH: place(variable) });
    expect(said).toContain(`database.path: ${place(wins)} is no file`);
  });

  it.each([
    ["the flag wins", ["--config", "flag.json"], { CONFIG_PATH: "variable.json" }, "flag.json"],
    ["the variable counts where there is no flag", [], { CONFIG_PATH: "variable.json" }, "variable.json"],
  ])("%s, of the configuration", async (_name, args, env, wins) => {
    expect(await validate(args, env)).toContain(`no configuration file at ${wins}`);
  });
});

describe("a start without a configuration", () => {
  it("is refused where nobody is there to read what it would make", async () => {
    const said = await validate([], {});
    expect(said).toMatch(
      /no configuration file at \/etc\/.*; name one with --config, or have one made .* with --quick/,
    );
  });

  it.each([
    ["a flag", ["--config", "named.json"], {}],
    ["a variable", [], { CONFIG_PATH: "named.json" }],
  ])("is not asked for beside a configuration that %s names", async (_name, args, env) => {
    expect(await validate(["--quick", ...args], env)).toContain("--quick makes a configuration of its own");
  });

  it("is judged by what was made at the first one, and makes nothing itself", async () => {
    const env = { XDG_STATE_HOME: place("state") };
    expect(await validate(["--quick"], env)).toContain(`no configuration file at ${place("state")}`);
    expect(existsSync(place("state"))).toBe(false);
  });
});
