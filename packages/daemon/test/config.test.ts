import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigProblems, loadConfig, parseConfig } from "../src/index.ts";

const Schema = v.object({
  server: v.object({
    port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), 8420),
    auth_token: v.string(),
  }),
  labels: v.optional(v.record(v.string(), v.string())),
  projects: v.optional(v.array(v.object({ name: v.string(), directory: v.string() })), []),
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "hal config "));
});
afterEach(() => rm(directory, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(directory, "config.json");
  await writeFile(path, text);
  return path;
}

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
  return [];
}

describe("parseConfig", () => {
  it("reports every problem at once, with its path", () => {
    const problems = problemsOf(() =>
      parseConfig(Schema, { server: { port: 99_999 }, projects: [{ name: 7 }] }, { env: {} }),
    );
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "server.port",
      "server.auth_token",
      "projects.0.name",
      "projects.0.directory",
    ]);
    expect(problems[1]).toBe("server.auth_token: is missing");
  });

  it("warns about an unknown key with the one that was meant, and leaves free-form maps alone", () => {
    const { warnings } = parseConfig(
      Schema,
      { $schema: "x", server: { auth_token: "t", prot: 1 }, labels: { any: "thing" }, zzz: 1 },
      { env: {} },
    );
    expect(warnings).toEqual(["server.prot: unknown key, ignored; did you mean port?", "zzz: unknown key, ignored"]);
  });

  it("takes values from the environment and names a variable that is not set", () => {
    const value = { server: { auth_token: "${TOKEN}-x" } };
    expect(parseConfig(Schema, value, { env: { TOKEN: "secret" } }).config.server.auth_token).toBe("secret-x");
    expect(problemsOf(() => parseConfig(Schema, value, { env: {} }))).toEqual([
      "server.auth_token: the environment variable TOKEN is not set",
    ]);
  });

  it("lays overrides over the file", () => {
    const { config } = parseConfig(
      Schema,
      { server: { auth_token: "t", port: 1 } },
      { env: {}, overrides: { "server.port": 0, "server.auth_token": undefined } },
    );
    expect(config.server).toEqual({ auth_token: "t", port: 0 });
  });
});

describe("loadConfig", () => {
  it("says line and column of broken JSON", async () => {
    const path = await file('{\n  "server": {,\n}');
    expect(problemsOf(() => loadConfig(Schema, { path, env: {} }))[0]).toMatch(/^line 2, column 14: not valid JSON/);
  });

  it("reads a secret from the file that key_file names, relative to the configuration", async () => {
    await writeFile(join(directory, "token"), "from-file\n");
    const path = await file('{"server": {"auth_token_file": "token"}}');
    expect(loadConfig(Schema, { path, env: {} }).config.server.auth_token).toBe("from-file");
  });

  it("says what to do about a file that is not there or not readable", async () => {
    expect(() => loadConfig(Schema, { path: join(directory, "none.json"), env: {} })).toThrow(
      /no configuration file at .*; name one with --config/,
    );
    if (process.getuid?.() === 0) return;
    const path = await file("{}");
    await chmod(path, 0);
    expect(() => loadConfig(Schema, { path, env: {} })).toThrow(/permission denied .* run with sudo/);
  });
});
