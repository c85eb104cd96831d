import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { complete } from "../../src/completion/complete.ts";
import { TOKEN } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { startTlsStage, type TlsStage } from "../support/tls-stage.ts";
import { node } from "../support/views.ts";

const OTHER_PIN = "00".repeat(32);

const never = new AbortController().signal;

let stage: TlsStage;
let env: Record<string, string>;

beforeAll(async () => {
  stage = await startTlsStage();
  env = { HALCTL_CONFIG: join(stage.folder, "halctl.json") };
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => write({}));

/** One context for the server, which says this of how it is known. */
function write(trust: object): void {
  const context = { url: stage.server.url, token: TOKEN, ...trust };
  writeFileSync(join(stage.folder, "halctl.json"), JSON.stringify({ current: "work", contexts: { work: context } }));
  chmodSync(join(stage.folder, "halctl.json"), 0o600);
}

const run = (args: readonly string[], more: Record<string, string> = {}) =>
  halctl("", args, { env: { ...env, ...more } });

const list = ["nodes", "list"];

describe("a context that says how its supervisor is known", () => {
  it.each<[string, () => object]>([
    ["by an authority, relative to the file", () => ({ ca_file: "ca.pem" })],
    ["by a fingerprint", () => ({ tls_fingerprint: stage.fingerprint })],
    ["by one of some fingerprints", () => ({ tls_fingerprint: [OTHER_PIN, stage.fingerprint] })],
    ["by both", () => ({ ca_file: "ca.pem", tls_fingerprint: stage.fingerprint })],
  ])("reaches it %s, from every command, the doctor and the shell's completion", async (_name, trust) => {
    write(trust());
    expect(await run(list)).toMatchObject({ code: 0, err: "" });
    expect((await run(["version"])).code).toBe(0);
    expect((await run(["doctor", "-o", "json"])).out).toContain("the certificate is trusted");
    expect(await complete(["nodes", "get", ""], env, never)).toContain(`${node().name}\t`);
  });

  it("says by its own names what speaks against the supervisor, in one line", async () => {
    write({ tls_fingerprint: OTHER_PIN });
    const { code, err } = await run(list);
    expect(code).toBe(3);
    expect(err).toContain("another one than contexts.work.tls_fingerprint says");
    write({ ca_file: "none.pem" });
    expect(await run(list)).toMatchObject({
      code: 2,
      err: `halctl: contexts.work.ca_file: cannot read ${join(stage.folder, "none.pem")}: ENOENT\n`,
    });
  });

  it("warns each time where it takes whatever is shown", async () => {
    write({ insecure: true });
    const { code, err } = await run(list);
    expect([code, err.match(/NOT checked/g)?.length]).toEqual([0, 1]);
  });

  it("gives way to flags and variables, as a whole, unless it was typed", async () => {
    write({ tls_fingerprint: OTHER_PIN });
    expect((await run([...list, "--tls-fingerprint", stage.fingerprint])).code).toBe(0);
    expect((await run(list, { HALCTL_TLS_FINGERPRINT: stage.fingerprint })).code).toBe(0);
    expect((await run(list, { HAL_CA_FILE: join(stage.folder, "ca.pem") })).code).toBe(0);
    write({ tls_fingerprint: stage.fingerprint });
    const wrong = { HALCTL_TLS_FINGERPRINT: OTHER_PIN };
    expect((await run(list, wrong)).code).toBe(3);
    expect((await run([...list, "--context", "work"], wrong)).code).toBe(0);
    expect((await run([...list, "--context", "work", "--tls-fingerprint", OTHER_PIN])).code).toBe(3);
  });

  it("counts for its own host alone, and is never dropped in silence there", async () => {
    write({ insecure: true });
    const { port } = new URL(stage.server.url);
    const elsewhere = await run([...list, "--supervisor-url", `wss://localhost:${port}`, "--auth-token", TOKEN]);
    expect(elsewhere.code).toBe(3);
    expect(elsewhere.err).not.toContain("NOT checked");
    write({ tls_fingerprint: stage.fingerprint });
    const plain = await run([...list, "--supervisor-url", stage.server.url.replace("wss", "ws")]);
    expect(plain).toMatchObject({ code: 2, err: expect.stringContaining("contexts.work.tls_fingerprint: cannot be") });
  });
});

describe("halctl config, of how a supervisor is known", () => {
  const context = (): Record<string, unknown> =>
    (JSON.parse(readFileSync(join(stage.folder, "halctl.json"), "utf8")) as { contexts: Record<string, object> })
      .contexts["work"] as Record<string, unknown>;
  const set = (...args: readonly string[]) => run(["config", "set", "work", ...args]);

  it("sets it as a whole, shows it and where it was said, and takes it away", async () => {
    expect((await set("--ca-file", join(stage.folder, "ca.pem"))).code).toBe(0);
    expect((await run(list)).code).toBe(0);
    expect((await run(["config", "show"])).out).toContain(
      `TLS         authority ${join(stage.folder, "ca.pem")}, from context`,
    );
    expect((await set("--tls-fingerprint", `${OTHER_PIN},${stage.fingerprint}`)).code).toBe(0);
    expect(context()).toMatchObject({ token: TOKEN, tls_fingerprint: [OTHER_PIN, stage.fingerprint] });
    expect(context()).not.toHaveProperty("ca_file");
    expect(JSON.parse((await run(["config", "show", "-o", "json"])).out)).toMatchObject({
      effective: { tls: `fingerprint ${OTHER_PIN}, ${stage.fingerprint}`, tls_from: "context work" },
    });
    expect((await set("--insecure")).code).toBe(0);
    expect((await run(["config", "show"])).out).toMatch(/NOT checked/);
    expect((await set("--no-insecure")).code).toBe(0);
    expect(Object.keys(context())).toEqual(["url", "token"]);
    const flagged = await run(["config", "show", "--tls-fingerprint", stage.fingerprint]);
    expect(flagged.out).toContain(`fingerprint ${stage.fingerprint}, from flags`);
  });

  it.each<[string, string[], string]>([
    ["a pin that is none", ["--tls-fingerprint", "abc"], "contexts.work.tls_fingerprint: "],
    ["an authority that is not there", ["--ca-file", "/nowhere/ca.pem"], "contexts.work.ca_file: cannot read /nowhere"],
    ["two that contradict each other", ["--insecure", "--ca-file", "/x"], "contradict"],
    ["a pin for a plain address", ["--supervisor-url", "ws://x", "--tls-fingerprint", OTHER_PIN], "is not encrypted"],
  ])("refuses %s, and changes nothing", async (_name, args, text) => {
    const before = context();
    const { code, err } = await set(...args);
    expect([code, err.trim().split("\n").length]).toEqual([2, 1]);
    expect(err).toContain(text);
    expect(context()).toEqual(before);
  });

  it("check tells what could not be honoured", async () => {
    write({ ca_file: "none.pem", insecure: true });
    expect(await run(["config", "check"])).toMatchObject({ code: 1, err: expect.stringContaining("contradict") });
    write({ tls_fingerprint: "abc" });
    expect((await run(["config", "check"])).err).toContain("contexts.work.tls_fingerprint: ");
    write({ tls_fingerprint: stage.fingerprint });
    expect((await run(["config", "check"])).code).toBe(0);
    write({ insecure: "yes" });
    expect((await run(["config", "check"])).err).toContain("contexts.work.insecure: must be true or false");
  });
});
