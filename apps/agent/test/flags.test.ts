import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runAgent } from "../src/cli.ts";

const FLAGS = ["--supervisor", "ws://127.0.0.1:8420", "--token", "a-token-of-thirty-two-characters-or-so"];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "hal flags "))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What `hal-agent --validate` says in that folder. */
async function validate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  let said = "";
  const sink = { isTTY: false, write: (text: string) => (said += text) };
  const argv = ["node", "hal-agent", ...args, "--validate"];
  const process = { argv, env: { HOME: folder, ...env }, cwd: () => folder, stdout: sink, stderr: sink };
  await runAgent(process as unknown as NodeJS.Process);
  return said;
}

describe("an agent without a configuration file", () => {
  it("needs no more than an address and a token", async () => {
    expect(await validate(FLAGS)).toContain("configuration valid");
  });

  it("says of each of them what is wrong with it", async () => {
    const said = await validate(["--supervisor", "supervisor-host", "--token", "two words"]);
    expect(said).toMatch(/configuration invalid \(command line\):\n {2}- supervisor_url: .*\n {2}- auth_token: /);
  });

  it("says what is missing where one of them is", async () => {
    expect(await validate(FLAGS.slice(0, 2))).toMatch(
      /no configuration file at \/etc\/.*; name one with --config, or say --supervisor and --token/,
    );
  });

  it.each([
    ["a flag", ["--config", "gone.json"], {}],
    ["a variable", [], { CONFIG_PATH: "gone.json" }],
  ])("is none where one is named by %s", async (_name, args, env) => {
    expect(await validate([...FLAGS, ...args], env)).toContain("no configuration file at gone.json; name one");
  });

  it("works in the directories that are said", async () => {
    const said = await validate([...FLAGS, "--project", "gone", "--project", "lost"]);
    expect(said).toMatch(/project gone is .*\n.*project lost is /);
  });
});

it("projects on the command line come before those of the file", async () => {
  const config = join(folder, "agent.json");
  const written = {
    supervisor_url: "ws://127.0.0.1:1",
    auth_token: "t".repeat(32),
    projects: [{ name: "a", directory: "/gone" }],
  };
  writeFileSync(config, JSON.stringify(written), { mode: 0o600 });
  expect(await validate(["--config", config])).toContain("project a is ");
  const said = await validate(["--config", config, "--project", "lost"]);
  expect(said).toContain("project lost is ");
  expect(said).not.toContain("project a is ");
});
