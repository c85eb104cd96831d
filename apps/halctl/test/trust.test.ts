import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complete } from "../src/completion/complete.ts";
import type { Check } from "../src/doctor/check.ts";
import { type ContractServer, startContractServer, TOKEN } from "./support/contract-server.ts";
import { halctl } from "./support/run.ts";
import { node, STATUS } from "./support/views.ts";

let certificate: Certificate;
let server: ContractServer;
let folder: string;
let caFile: string;
let fingerprint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hal trust "));
  caFile = join(folder, "ca.pem");
  certificate = await makeCertificate();
  fingerprint = new X509Certificate(certificate.cert).fingerprint256;
  writeFileSync(caFile, certificate.cert);
  server = await startContractServer(
    {
      "nodes.list": () => [node({ status: "offline" })],
      "status.get": () => STATUS,
      "whoami.get": () => ({ actor: "ada", role: "viewer", expires_at: null }),
    },
    { certificate },
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const addresses = (): string[] => [server.url, server.url.replace("wss:", "https:")];

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
      [["--ca-file", caFile], {}],
      [["--tls-fingerprint", fingerprint], {}],
      [["--tls-fingerprint", `${another},${fingerprint}`], {}],
      [[], { HAL_CA_FILE: caFile }],
      [[], { HALCTL_TLS_FINGERPRINT: fingerprint }],
      [["--tls-fingerprint", fingerprint], { HAL_CA_FILE: "/nowhere", HALCTL_INSECURE: "1" }],
    ];
    for (const url of addresses())
      for (const [flags, env] of ways) expect(await run(url, flags, env)).toMatchObject({ code: 0, err: "" });
  });

  it("is refused in one line that has its fingerprint and what to do, when nobody knows it", async () => {
    for (const url of addresses()) {
      const { code, err } = await run(url, []);
      expect(code).toBe(3);
      expect(err.trim().split("\n")).toHaveLength(1);
      expect(err).toContain(`cannot reach the supervisor at ${url}: its certificate is signed by nobody`);
      expect(err).toContain(
        `--ca-file, or, if it is the right one, its fingerprint with --tls-fingerprint ${fingerprint}`,
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
      const { out, err } = await halctl(server.url, ["doctor", "-o", "json", ...flags]);
      const checks = JSON.parse(out) as Check[];
      return { err, checks, tls: checks.find(({ name }) => name === "TLS") };
    };
    for (const flags of [
      ["--ca-file", caFile],
      ["--tls-fingerprint", fingerprint],
    ]) {
      const { checks, tls } = await examine(...flags);
      expect(tls).toMatchObject({ level: "ok", text: "the certificate is trusted and valid for 364 days" });
      expect(checks.map(({ text }) => text)).toContain("accepted: ada, role viewer");
    }
    expect((await examine()).tls).toMatchObject({
      level: "problem",
      text: "its certificate is signed by nobody who is trusted here",
      fix: expect.stringContaining(`--tls-fingerprint ${fingerprint}`),
    });
    const insecure = await examine("--insecure");
    expect(insecure.tls).toMatchObject({ level: "note", fix: `--tls-fingerprint ${fingerprint}` });
    expect(insecure.err.match(/NOT checked/g)).toHaveLength(1);
    expect((await examine("--ca-file", "/nowhere")).checks).toMatchObject([
      { name: "settings", level: "problem", text: "--ca-file: cannot read /nowhere: ENOENT" },
    ]);
  });

  it("tells its version to whom knows it", async () => {
    const asked = ["version", "--ca-file", caFile];
    expect(await halctl(server.url, asked)).toMatchObject({ code: 0, out: expect.stringContaining(STATUS.version) });
    expect(await halctl(server.url, ["version"])).toMatchObject({ code: 3, out: expect.stringContaining("not known") });
  });

  it("is asked for names by a shell that knows it, and by no other", async () => {
    const env = environment(server.url);
    const line = ["nodes", "get", ""];
    const names = `${node().name}\t`;
    await expect.poll(() => complete(["--ca-file", caFile, ...line], env)).toContain(names);
    await expect.poll(() => complete([`--tls-fingerprint=${fingerprint}`, ...line], env)).toContain(names);
    await expect.poll(() => complete(["--insecure", ...line], env)).toContain(names);
    await expect.poll(() => complete(line, { ...env, HAL_CA_FILE: caFile })).toContain(names);
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
