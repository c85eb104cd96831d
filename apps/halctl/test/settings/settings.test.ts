import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import { resolveSettings } from "../../src/settings/settings.ts";
import { knownBy } from "../../src/connection/trust.ts";
import { terminal } from "../support/run.ts";

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "hal config "));
  file = join(home, ".config", "hal", "halctl.json");
});
afterEach(() => rm(home, { recursive: true }));

function write(content: unknown, mode = 0o600): void {
  mkdirSync(join(home, ".config", "hal"), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  chmodSync(file, mode);
}

const TWO = {
  current: "home",
  contexts: {
    home: { url: "ws://home:8420", token: "home-token" },
    work: { url: "wss://work:8420", token_file: "work.token", later: { kept: true } },
  },
};

describe("which supervisor is asked, and with what", () => {
  beforeEach(() => {
    write(TWO);
    writeFileSync(join(home, ".config", "hal", "work.token"), "work-token\n");
  });

  it.each<[string, object, Record<string, string>, [string, string, string]]>([
    ["the current context", {}, {}, ["ws://home:8420", "home-token", "context home"]],
    ["a context by variable", {}, { HALCTL_CONTEXT: "work" }, ["wss://work:8420", "work-token", "context work"]],
    [
      "variables over the context",
      {},
      { HALCTL_SUPERVISOR_URL: "ws://env:1", HALCTL_AUTH_TOKEN: "env-token" },
      ["ws://env:1", "env-token", "HALCTL_SUPERVISOR_URL"],
    ],
    [
      "a typed context over variables",
      { context: "work" },
      { HALCTL_SUPERVISOR_URL: "ws://env:1", HALCTL_AUTH_TOKEN: "env-token", HALCTL_CONTEXT: "home" },
      ["wss://work:8420", "work-token", "context work"],
    ],
    [
      "flags over everything",
      { context: "work", supervisorUrl: "ws://flag:1", authToken: "flag-token" },
      { HALCTL_AUTH_TOKEN: "env-token" },
      ["ws://flag:1", "flag-token", "--supervisor-url"],
    ],
    [
      "each flag over its own variable",
      { supervisorUrl: "ws://flag:1", authToken: "flag-token" },
      { HALCTL_SUPERVISOR_URL: "ws://env:1", HALCTL_AUTH_TOKEN: "env-token", HALCTL_CONTEXT: "work" },
      ["ws://flag:1", "flag-token", "--supervisor-url"],
    ],
    [
      "a flag over its variable, and the variable of what no flag says",
      { supervisorUrl: "ws://flag:1" },
      { HALCTL_SUPERVISOR_URL: "ws://env:1", HALCTL_AUTH_TOKEN: "env-token" },
      ["ws://flag:1", "env-token", "--supervisor-url"],
    ],
    [
      "a typed token over the variable's, at the variable's address",
      { authToken: "flag-token" },
      { HALCTL_SUPERVISOR_URL: "ws://env:1", HALCTL_AUTH_TOKEN: "env-token" },
      ["ws://env:1", "flag-token", "HALCTL_SUPERVISOR_URL"],
    ],
    [
      "a typed context over the variable's",
      { context: "work" },
      { HALCTL_CONTEXT: "home" },
      ["wss://work:8420", "work-token", "context work"],
    ],
    [
      "another port of the context's host with the context's token",
      { supervisorUrl: "http://home:8421" },
      {},
      ["http://home:8421", "home-token", "--supervisor-url"],
    ],
    [
      "never a context's token for another host",
      { supervisorUrl: "ws://elsewhere:8420" },
      {},
      ["ws://elsewhere:8420", "", "--supervisor-url"],
    ],
    [
      "not even where the context was typed",
      { context: "home", supervisorUrl: "ws://elsewhere:8420" },
      {},
      ["ws://elsewhere:8420", "", "--supervisor-url"],
    ],
  ])("%s", (_name, flags, env, [url, token, urlFrom]) => {
    expect(resolveSettings(flags, { HOME: home, ...env })).toMatchObject({ url, token, urlFrom });
  });

  it("says that a token stays at home", () => {
    const { warnings } = resolveSettings({ supervisorUrl: "ws://elsewhere:1" }, { HOME: home });
    expect(warnings).toEqual(["the token of context home is for home and is not sent elsewhere"]);
  });

  it("warns where others can read the file that the token came from", () => {
    chmodSync(file, 0o644);
    expect(resolveSettings({}, { HOME: home }).warnings).toEqual([
      `${file} can be read by others (mode 644); chmod 600 ${file}`,
    ]);
    expect(resolveSettings({ authToken: "t", supervisorUrl: "ws://x" }, { HOME: home }).warnings).toEqual([]);
  });

  it("is the default where nothing is said", () => {
    expect(resolveSettings({}, { HOME: join(home, "nobody") })).toMatchObject({
      url: "ws://localhost:8420",
      token: "",
    });
    expect(resolveSettings({}, {})).toMatchObject({ configFile: undefined });
  });
});

describe("halctl config", () => {
  const run = async (args: readonly string[], input?: string) => {
    const { terminal: made, written } = terminal({ env: { HOME: home }, readInput: () => Promise.resolve(input) });
    return { code: await runCli(["config", ...args], made, "9.9.9"), ...written };
  };

  it("sets, shows, uses and removes contexts, in a file for its owner alone, and shows no secret", async () => {
    expect((await run(["set", "home", "--supervisor-url", "ws://home:8420"], undefined)).code).toBe(0);
    expect((await run(["set", "home", "--token-stdin"], "home-token\n")).code).toBe(0);
    expect((await run(["set", "work", "--supervisor-url", "wss://work:8420", "--token-file", "/t"])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { out } = await run(["show"]);
    expect(out).toMatch(/^\*\s+home\s+ws:\/\/home:8420\s+fingerprint [0-9a-f]{8}\s+-$/m);
    expect(out).toMatch(/^\s+work\s+wss:\/\/work:8420\s+in \/t\s+well-known authorities$/m);
    expect(out).not.toContain("home-token");
    expect((await run(["use", "work"])).code).toBe(0);
    expect(JSON.parse((await run(["show", "-o", "json", "--context", "home"])).out)).toMatchObject({
      contexts: [{ name: "home", is_current: true }, { name: "work" }],
      effective: { url: "ws://home:8420", url_from: "context home" },
    });
    expect((await run(["remove", "work"])).code).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      contexts: { home: { url: "ws://home:8420", token: "home-token" } },
    });
  });

  it("keeps what it does not know when it changes a file", async () => {
    write(TWO);
    await run(["set", "work", "--supervisor-url", "wss://work:1"]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      contexts: { work: { url: "wss://work:1", token_file: "work.token", later: { kept: true } } },
    });
  });

  it.each<[string, string[], number, string]>([
    ["a context that is not there", ["use", "nowhere"], 5, "no context nowhere; there are none"],
    ["nothing to set", ["set", "home"], 2, "say what to set"],
    [
      "an address that is none",
      ["set", "home", "--supervisor-url", "home"],
      2,
      "--supervisor-url home is not an address",
    ],
    ["a name that is none", ["set", "a b", "--supervisor-url", "ws://x"], 2, "a name has letters"],
    ["no token where one was promised", ["set", "home", "--token-stdin"], 2, "no token on standard input"],
  ])("refuses %s", async (_name, args, code, text) => {
    const ran = await run(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(text);
  });

  it("check tells everything that is wrong, and a broken file is one line for every command", async () => {
    expect(await run(["check"])).toMatchObject({ code: 0 });
    write({ current: "gone", contexts: { a: { url: "b", token_file: "no.token", tokn: 1 }, c: {} } }, 0o640);
    const { code, err } = await run(["check"]);
    expect(code).toBe(1);
    for (const text of [
      "mode 640",
      "no context gone",
      "url b is not",
      "ENOENT",
      "contexts.a.tokn: unknown key, ignored; did you mean token?",
      "contexts.c: url is missing",
    ])
      expect(err).toContain(text);
    write({ curent: 1, contexts: { a: { url: 5, tokn: "x", insecure: "yes" } } });
    const wrong = await run(["check"]);
    for (const text of [
      "curent: unknown key",
      "contexts.a.url: must be text",
      "contexts.a.tokn",
      "contexts.a.insecure",
    ])
      expect(wrong.err).toContain(text);
    write("{");
    const { terminal: made, written } = terminal({ env: { HOME: home } });
    expect(await runCli(["status"], made, "9.9.9")).toBe(2);
    expect(written.err).toMatch(/halctl\.json is not JSON: .*\n$/);
  });
});

describe("a flag and a variable that say two things", () => {
  const trust = (flags: object, env: Record<string, string>) =>
    knownBy({ url: "wss://h:1", contextTrust: undefined }, flags, env);
  const pin = (digit: string): string => digit.repeat(64);

  it.each<[string, object, Record<string, string>, string]>([
    ["the address", { supervisorUrl: "ws://flag:1" }, { HALCTL_SUPERVISOR_URL: "ws://env:1" }, "ws://flag:1"],
    ["the token", { authToken: "flag" }, { HALCTL_AUTH_TOKEN: "env" }, "flag"],
    ["the context", { context: "work" }, { HALCTL_CONTEXT: "home" }, "wss://work:8420"],
  ])("%s: the flag wins", (_, flags, env, wanted) => {
    write({ contexts: { home: { url: "ws://home:8420" }, work: { url: "wss://work:8420" } } });
    const { url, token } = resolveSettings(flags, { ...env, HOME: home });
    expect([url, token]).toContain(wanted);
  });

  it("the token's file wins over the variable", () => {
    writeFileSync(join(home, "token"), "from-file\n");
    const found = resolveSettings({ tokenFile: join(home, "token") }, { HOME: home, HALCTL_AUTH_TOKEN: "env" });
    expect(found.token).toBe("from-file");
  });

  it("by what the supervisor is known: what was typed wins as a whole", () => {
    const typed = { tlsFingerprint: pin("a") };
    const said = { HALCTL_TLS_FINGERPRINT: pin("b"), HAL_CA_FILE: "/nowhere", HALCTL_INSECURE: "1" };
    expect(trust(typed, said)).toMatchObject({
      from: "flags",
      values: { tls_fingerprint: [pin("a")], insecure: false },
    });
    expect(trust({ insecure: true }, { HALCTL_TLS_FINGERPRINT: pin("b") }).trust.isInsecure).toBe(true);
    expect(trust({}, { HALCTL_TLS_FINGERPRINT: pin("b") }).values.tls_fingerprint).toEqual([pin("b")]);
  });

  it.each(["0", "", "false", "no", "01", "true", "yes"])("HALCTL_INSECURE=%s checks", (value) => {
    expect(trust({}, { HALCTL_INSECURE: value }).trust.isInsecure).toBe(false);
  });

  it("HALCTL_INSECURE=1 does not, and is the one way to say so by a variable", () => {
    expect(trust({}, { HALCTL_INSECURE: "1" }).trust.isInsecure).toBe(true);
  });
});
