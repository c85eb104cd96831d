import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complete } from "../../src/completion/complete.ts";
import type { Check } from "../../src/capabilities/doctor/check.ts";
import { TOKEN } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { startTlsStage, type TlsStage } from "../support/tls-stage.ts";
import { node, STATUS } from "../support/views.ts";

const never = new AbortController().signal;

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
    expect(await complete(["--ca-file", stage.caFile, ...line], env, never)).toContain(names);
    expect(await complete([`--tls-fingerprint=${stage.fingerprint}`, ...line], env, never)).toContain(names);
    expect(await complete(["--insecure", ...line], env, never)).toContain(names);
    expect(await complete(line, { ...env, HAL_CA_FILE: stage.caFile }, never)).toContain(names);
    expect(await complete(line, env, never)).toBe("");
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

describe("a port that is another one than it is taken for", () => {
  it("is told in one sentence that says what to write, by every command and each way to ask", async () => {
    const plain = createServer((_, response) => response.end("not ours"));
    const mute = createTcpServer((socket) => socket.end("220 mail.example ESMTP\r\n"));
    const listening = async (server: Server): Promise<number> => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return (server.address() as AddressInfo).port;
    };
    const http = await listening(plain);
    const mail = await listening(mute);
    const gone = createTcpServer();
    const closed = await listening(gone);
    await new Promise((resolve) => gone.close(resolve));
    const tls = new URL(stage.server.url).port;
    const cases: [string, RegExp][] = [
      [`wss://127.0.0.1:${http}`, /does not speak TLS; is the address ws:\/\/ or http:\/\/ there\?$/],
      [`https://127.0.0.1:${http}`, /does not speak TLS; is the address ws:\/\/ or http:\/\/ there\?$/],
      [`wss://127.0.0.1:${mail}`, /does not speak TLS/],
      [`ws://127.0.0.1:${tls}`, /TLS.*wss:/],
      [`http://127.0.0.1:${tls}`, /TLS.*https:/],
      [`ws://127.0.0.1:${http}`, /instead of a WebSocket/],
      [`http://127.0.0.1:${http}`, /is not a supervisor's HTTP port$/],
      [`ws://127.0.0.1:${mail}`, /it was cut; if that port uses TLS/],
      [`ws://127.0.0.1:${closed}`, /connection refused; is hal-supervisor running there\?$/],
      [`https://127.0.0.1:${closed}`, /connection refused; is hal-supervisor running there\?$/],
      [`http://127.0.0.1:${closed}`, /connection refused; is hal-supervisor running there\?$/],
      ["wss://nowhere.invalid:8420", /the host name is not known$/],
      ["http://nowhere.invalid:8421", /the host name is not known$/],
    ];
    for (const [url, sentence] of cases)
      for (const args of [["nodes", "list"], ["status"], ["events"], ["version"]]) {
        const { code, err } = await halctl(url, args, { env: environment(url) });
        expect([url, err.trimEnd()]).toEqual([url, expect.stringMatching(sentence)]);
        expect(err.trimEnd().split("\n")).toHaveLength(1);
        expect(err).not.toMatch(/routines|E[A-Z]{5,}\b|:error:|undefined/);
        expect(code).toBe(3);
      }
    plain.close();
    mute.close();
  });
});
