import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContractServer, startContractServer, TOKEN } from "./support/contract-server.ts";
import { halctl } from "./support/run.ts";

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
  server = await startContractServer({ "nodes.list": () => [] }, { certificate });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const addresses = (): string[] => [server.url, server.url.replace("wss:", "https:")];

function run(url: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return halctl(url, ["nodes", "list", ...flags], {
    env: { HALCTL_SUPERVISOR_URL: url, HALCTL_AUTH_TOKEN: TOKEN, ...env },
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
