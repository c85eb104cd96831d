import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complete } from "../src/completion/complete.ts";
import type { Check } from "../src/doctor/check.ts";
import { TOKEN } from "./support/contract-server.ts";
import { halctl } from "./support/run.ts";
import { startTlsStage, type TlsStage } from "./support/tls-stage.ts";
import { node, STATUS } from "./support/views.ts";

let stage: TlsStage;
beforeAll(async () => {
  stage = await startTlsStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const addresses = (): string[] => [stage.server.url, stage.server.url.replace("wss:", "https:")];

const environment = (url: string): Record<string, string> => ({
  HALCTL_SUPERVISOR_URL: url,
  HALCTL_AUTH_TOKEN: TOKEN,
});

function run(url: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return halctl(url, ["nodes", "list", ...flags], {
    env: { ...environment(url), ...env },
  });
}

describe("a supervisor with TLS, over wss and over https", () => {
  it("is known by its authority or its fingerprint, from a flag or from the environment", async () => {
    const another = "00".repeat(32);
    const ways: [string[], Record<string, string>][] = [
      [["--ca-file", stage.caFile], {}],
      [["--tls-fingerprint", stage.fingerprint], {}],
      [["--tls-fingerprint", `${another},${stage.fingerprint}`], {}],
      [[], { HAL_CA_FILE: stage.caFile }],
      [[], { HALCTL_TLS_FINGERPRINT: stage.fingerprint }],
      [["--tls-fingerprint", stage.fingerprint], { HAL_CA_FILE: "/nowhere", HALCTL_INSECURE: "1" }],
    ];
    for (const url of addresses())
      for (const [flags, env] of ways) expect(await run(url, flags, env)).toMatchObject({ code: 0, err: "" });
  });

  // I14
  it("is refused in one line that has its fingerprint and what to do, when nobody knows it", async () => {
    for (const url of addresses()) {
      const { code, err } = await run(url, []);
      expect(code).toBe(3);
      expect(err.trim().split("\n")).toHaveLength(1);
      expect(err).toContain(`cannot reach the supervisor at ${url}: its certificate is signed by nobody`);
      expect(err).toContain(
        `--ca-file, or, if it is the right one, its fingerprint with --tls-fingerprint ${stage.fingerprint}`,
      );
      expect((await run(url, ["--tls-fingerprint", "00".repeat(32)])).err).toContain("another one than");
    }
  });

  it("is taken as it is where somebody insists, with a warning each time", async () => {
    for (const url of addresses())
      for (const [flags, env] of [
        [["--insecure"], { HAL_CA_FILE: "/nowhere" }],
        [[], { HALCTL_INSECURE: "1" }],
      ] as const) {
        const { code, err } = await run(url, flags, env);
        expect(code).toBe(0);
        expect(err).toMatch(/^halctl: warning: .* NOT checked/);
      }
  });

  it("is judged by the doctor as by everything else", async () => {
    const examine = async (...flags: string[]) => {
      const { out, err } = await halctl(stage.server.url, ["doctor", "-o", "json", ...flags]);
      const checks = JSON.parse(out) as Check[];
      return { err, checks, tls: checks.find(({ name }) => name === "TLS") };
    };
    for (const flags of [
      ["--ca-file", stage.caFile],
      ["--tls-fingerprint", stage.fingerprint],
    ]) {
      const { checks, tls } = await examine(...flags);
      expect(tls).toMatchObject({ level: "ok", text: "the certificate is trusted and valid for 364 days" });
      expect(checks.map(({ text }) => text)).toContain("accepted: ada, role viewer");
    }
    expect((await examine()).tls).toMatchObject({
      level: "problem",
      text: "its certificate is signed by nobody who is trusted here",
      fix: expect.stringContaining(`--tls-fingerprint ${stage.fingerprint}`),
    });
    const insecure = await examine("--insecure");
    expect(insecure.tls).toMatchObject({ level: "note", fix: `--tls-fingerprint ${stage.fingerprint}` });
    expect(insecure.err.match(/NOT checked/g)).toHaveLength(1);
    expect((await examine("--ca-file", "/nowhere")).checks).toMatchObject([
      { name: "settings", level: "problem", text: "--ca-file: cannot read /nowhere: ENOENT" },
    ]);
  });

  it("tells its version to whom knows it", async () => {
    const asked = ["version", "--ca-file", stage.caFile];
    expect(await halctl(stage.server.url, asked)).toMatchObject({
      code: 0,
      out: expect.stringContaining(STATUS.version),
    });
    expect(await halctl(stage.server.url, ["version"])).toMatchObject({
      code: 3,
      out: expect.stringContaining("not known"),
    });
  });

  it("is asked for names by a shell that knows it, and by no other", async () => {
    const env = environment(stage.server.url);
    const line = ["nodes", "get", ""];
    const names = `${node().name}\t`;
    await expect.poll(() => complete(["--ca-file", stage.caFile, ...line], env)).toContain(names);
    await expect.poll(() => complete([`--tls-fingerprint=${stage.fingerprint}`, ...line], env)).toContain(names);
    await expect.poll(() => complete(["--insecure", ...line], env)).toContain(names);
    await expect.poll(() => complete(line, { ...env, HAL_CA_FILE: stage.caFile })).toContain(names);
    expect(await complete(line, env)).toBe("");
  });
});

it.each<[string, string[], Record<string, string>, string]>([
  ["a pin for a plain address", ["--tls-fingerprint", "ab".repeat(32)], {}, "--tls-fingerprint: cannot be honoured"],
  ["a pin of the environment for a plain address", [], { HALCTL_TLS_FINGERPRINT: "ab".repeat(32) }, "is not encrypted"],
  ["an authority for a plain address", ["--ca-file", "/nowhere"], {}, "--ca-file: cannot be honoured"],
  ["a pin that is none", ["--tls-fingerprint", "abc"], {}, "--tls-fingerprint: cannot be honoured"],
  ["two that contradict each other", ["--insecure", "--ca-file", "x"], {}, "--ca-file"],
])("%s is wrong usage", async (_name, flags, env, text) => {
  const { code, err } = await run("ws://127.0.0.1:1", flags, env);
  expect(code).toBe(2);
  expect(err).toContain(text);
  expect(err.trim().split("\n")).toHaveLength(1);
});

it("a plain client hears from a port with TLS what to write", async () => {
  for (const url of addresses()) {
    const { code, err } = await run(url.replace(/^(ws|http)s/, "$1"), []);
    expect(code).toBe(3);
    expect(err).toContain("wss://");
  }
});
