import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { withTables } from "../tools/settings-table.mjs";
import { executable, type ProgramName, ROOT } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const PROGRAMS = [
  ["hal-supervisor", ["--print-schema"]],
  ["hal-agent", ["--print-schema"]],
  ["halctl", ["config", "schema"]],
] as const;

describe("the JSON Schema of each program's configuration", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const run = (name: ProgramName, ...args: readonly string[]) =>
    spawnSync(process.execPath, [executable(name), ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: stage.folder },
    });

  const schemaOf = (name: ProgramName): ValidateFunction => {
    const [, args] = PROGRAMS.find(([program]) => program === name) ?? [name, []];
    return new Ajv2020({ strictTypes: false }).compile(JSON.parse(run(name, ...args).stdout) as object);
  };

  const shared = (name: string): string => path.join(ROOT, "apps", name, "test", "guide.config.json");

  test.each(PROGRAMS)("%s prints what its package holds, and a sentence for every key", (name, args) => {
    const { stdout, stderr, status } = run(name, ...args);
    expect([status, stderr]).toEqual([0, ""]);
    const published = path.join(ROOT, "apps", name.replace("hal-", ""), "dist", "config.schema.json");
    expect(stdout).toBe(readFileSync(published, "utf8"));
    expect(withoutSentence(JSON.parse(stdout) as Node, "")).toEqual([]);
  });

  test.each([
    ["hal-supervisor", "supervisor"],
    ["hal-agent", "agent"],
  ] as const)("%s takes the guide's configuration, word for word, as the schema does", (name, app) => {
    const { stdout, status } = run(name, "--config", shared(app), "--validate");
    expect([status, stdout.trim().split("\n").at(-1)]).toEqual([0, "configuration valid"]);
    expect(schemaOf(name)(JSON.parse(readFileSync(shared(app), "utf8")))).toBe(true);
  });

  test("takes every configuration of these stories, with $schema in it, and nobody warns of that", () => {
    const agent = stage.agent("schemer");
    for (const [name, file] of [
      ["hal-supervisor", stage.supervisorConfig],
      ["hal-agent", agent.config],
    ] as const) {
      const config = { $schema: "./x.schema.json", ...(JSON.parse(readFileSync(file, "utf8")) as object) };
      const copy = path.join(stage.folder, `${name}.with-schema.json`);
      writeFileSync(copy, JSON.stringify(config), { mode: 0o600 });
      expect(schemaOf(name)(config)).toBe(true);
      expect(run(name, "--config", copy, "--validate").stdout).toBe("configuration valid\n");
    }
  });

  test("takes the contexts that halctl writes", () => {
    mkdirSync(path.join(stage.folder, ".config"), { recursive: true });
    const pin = "ab".repeat(32);
    for (const flags of [["--tls-fingerprint", pin], ["--tls-fingerprint", `${pin},${pin}`], ["--insecure"]])
      expect(run("halctl", "config", "set", `c${flags.length}`, "--supervisor-url", "wss://x", ...flags).status).toBe(
        0,
      );
    const written = readFileSync(path.join(stage.folder, ".config", "hal", "halctl.json"), "utf8");
    expect(written).toContain(pin);
    expect(schemaOf("halctl")(JSON.parse(written))).toBe(true);
  });

  test("is what docs/configuration.md says; npm run docs writes it", () => {
    const document = readFileSync(path.join(ROOT, "docs", "configuration.md"), "utf8");
    expect(document).toBe(withTables(document));
    expect(document.match(/<!-- settings: /g)).toHaveLength(5);
  });
});

interface Node {
  readonly properties?: Readonly<Record<string, Node & { readonly description?: string }>>;
  readonly items?: Node;
  readonly additionalProperties?: Node;
}

/** Settings that nothing explains. */
function withoutSentence(node: Node, at: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, setting]) => {
    const below = [setting, setting.items ?? {}, setting.additionalProperties ?? {}];
    const inner = below.flatMap((one) => withoutSentence(one, `${at}${key}.`));
    const isSection = below.some(({ properties }) => properties !== undefined);
    return setting.description === undefined && !isSection ? [`${at}${key}`, ...inner] : inner;
  });
}
