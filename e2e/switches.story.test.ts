import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { executable, Program } from "./harness/program.ts";

const TOKEN = "a-token-of-thirty-two-characters-or-so";
const PIN = "ab".repeat(32);
/** Somebody who may read less than root. */
const NOBODY = 65_534;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hal switches "));
  chmodSync(folder, 0o755);
  const keep = (name: string, content: string, mode = 0o640): void => {
    writeFileSync(path.join(folder, name), content);
    chmodSync(path.join(folder, name), mode);
  };
  const [one, other] = await Promise.all([makeCertificate(), makeCertificate()]);
  keep("cert.pem", one.cert);
  keep("key.pem", one.key, 0o600);
  keep("other.pem", other.key, 0o600);
  keep("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", 0o600);
  keep("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  keep("empty", "");
  keep("blank", "\nsecond line\n");
  keep("open-token", `${TOKEN}\n`, 0o644);
  keep("secret", `${TOKEN}\n`, 0o600);
  mkdirSync(path.join(folder, "folder"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let count = 0;

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly mode?: number;
  readonly uid?: number;
}

function write(config: object, mode = 0o644): string {
  count += 1;
  const file = at(`${count}.json`);
  writeFileSync(file, JSON.stringify(config));
  chmodSync(file, mode);
  return file;
}

/** Runs a daemon with this configuration until it ends. */
async function run(
  name: "hal-supervisor" | "hal-agent",
  file: string,
  { env, uid }: Options = {},
  ...flags: readonly string[]
): Promise<Ran> {
  const program = new Program({
    label: name,
    file: executable(name),
    args: ["--config", file, ...flags],
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
    uid,
  });
  const { code } = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

function validate(name: "hal-supervisor" | "hal-agent", config: object, options: Options = {}): Promise<Ran> {
  return run(name, write(config, options.mode), options, "--validate");
}

/** The one line in which a program neither validates nor starts, which is the same for both. */
async function refusal(name: "hal-supervisor" | "hal-agent", config: object, options: Options = {}): Promise<string> {
  const file = write(config, options.mode);
  const [judged, started] = await Promise.all([run(name, file, options, "--validate"), run(name, file, options)]);
  expect([judged.code, started.code]).toEqual([1, 1]);
  expect(judged.stdout).not.toContain("configuration valid");
  expect(started.stderr).toBe(`${name}: ${judged.stderr}`);
  expect(judged.stderr.trim().split("\n")).toHaveLength(1);
  expect(judged.stderr).not.toContain(TOKEN);
  return judged.stderr;
}

describe("a switch of security that the supervisor cannot honour stops the start with one line", () => {
  const supervisor = (section: object): object => ({
    server: { auth_token: TOKEN, host: "127.0.0.1", port: 0, http_port: 0 },
    database: { path: at(`database-${count}/s.db`) },
    ...section,
  });
  const tls = (changes: object): object => ({
    security: { tls: { enabled: true, cert_path: "cert.pem", key_path: "key.pem", ...changes } },
  });
  const token = (changes: object): object => ({ server: { host: "127.0.0.1", port: 0, http_port: 0, ...changes } });

  test.each<[string, object, string, RegExp]>([
    ["an unknown section", { security: { tsl: {} } }, "security.tsl", /no setting.*did you mean tls/],
    ["no section at all", { security: "on" }, "security", /object/i],
    ["TLS that is neither on nor off", tls({ enabled: "yes" }), "security.tls.enabled", /true or false/],
    ["an unknown setting of TLS", tls({ cert: "cert.pem" }), "security.tls.cert", /did you mean cert_path/],
    ["TLS without a certificate", tls({ cert_path: "" }), "security.tls.cert_path", /missing/],
    ["TLS without a key", tls({ key_path: undefined }), "security.tls.key_path", /missing/],
    ["a certificate that is not there", tls({ cert_path: "none.pem" }), "security.tls.cert_path", /none\.pem: ENOENT/],
    ["a certificate that is a folder", tls({ cert_path: "folder" }), "security.tls.cert_path", /EISDIR/],
    ["an empty certificate", tls({ cert_path: "empty" }), "security.tls.cert_path", /no certificate/],
    ["a broken certificate", tls({ cert_path: "broken.pem" }), "security.tls.cert_path", /no certificate/],
    ["a key that is not there", tls({ key_path: "none.pem" }), "security.tls.key_path", /ENOENT/],
    ["another certificate's key", tls({ key_path: "other.pem" }), "security.tls.key_path", /not the one/],
    ["a key with a passphrase", tls({ key_path: "locked.pem" }), "security.tls.key_path", /passphrase/],
    ["an origin with a path", { security: { origin_allowlist: ["https://h/p"] } }, "origin_allowlist.0", /no origin/],
    ["an origin of any host", { security: { origin_allowlist: ["*"] } }, "security.origin_allowlist.0", /no origin/],
    ["origins that are no list", { security: { origin_allowlist: "https://h" } }, "origin_allowlist", /array/i],
    ["an audit that is neither on nor off", { security: { audit: { enabled: 1 } } }, "audit.enabled", /true or false/],
    ["an audit that keeps nothing", { security: { audit: { retention_days: 0 } } }, "audit.retention_days", /./],
    ["an unknown setting of the audit", { security: { audit: { retention: 9 } } }, "audit.retention", /no setting/],
    [
      "an audit without a place",
      { database: { path: "/dev/null/s.db" } },
      "database.path",
      /\/dev\/null is no directory/,
    ],
    ["an audit in a folder", { database: { path: "/tmp" } }, "database.path", /no file/],
    ["a limit that is none", { limits: { stranger: 1 } }, "limits.stranger", /did you mean strangers/],
    ["a limit with which nothing works", { limits: { strangers: 0 } }, "limits.strangers", /below 10/],
    ["no token", token({}), "server.auth_token", /missing/],
    ["an empty token", token({ auth_token: "" }), "server.auth_token", /empty/],
    ["a token's file that is not there", token({ auth_token_file: "none" }), "server.auth_token_file", /ENOENT/],
    ["a token's file that is a folder", token({ auth_token_file: "folder" }), "server.auth_token_file", /EISDIR/],
    ["a token's file that is empty", token({ auth_token_file: "empty" }), "server.auth_token_file", /is empty/],
    ["a token's file with a blank line", token({ auth_token_file: "blank" }), "server.auth_token_file", /is empty/],
    ["a previous token that is none", token({ auth_token: TOKEN, previous_auth_token: 7 }), "previous_auth_token", /./],
    [
      "a previous token's file that is not there",
      token({ auth_token: TOKEN, previous_auth_token_file: "none" }),
      "server.previous_auth_token_file",
      /ENOENT/,
    ],
    ["a variable that is not set", token({ auth_token: "${UNSET}" }), "server.auth_token", /UNSET is not set/],
  ])("%s", async (_name, section, setting, reason) => {
    const said = await refusal("hal-supervisor", supervisor(section));
    expect(said).toContain(setting);
    expect(said).toMatch(reason);
  });

  test("an address that is none of this machine's is told by --validate and stops the start", async () => {
    const config = supervisor({ server: { auth_token: TOKEN, host: "192.0.2.1", port: 0, http_port: 0 } });
    const judged = await validate("hal-supervisor", config);
    expect(judged.stdout).toContain("server.host: no interface of this machine has the address 192.0.2.1");
    const { code, stderr } = await run("hal-supervisor", write(config));
    expect([code, stderr]).toEqual([1, "hal-supervisor: server.host 192.0.2.1 is not an address of this machine\n"]);
  });

  test("secrets that everybody on the machine can read are warned about, each with what to do", async () => {
    const judge = (section: object, mode: number): Promise<Ran> =>
      validate("hal-supervisor", supervisor(section), { mode });
    const ofFile = await judge(token({ auth_token_file: "open-token" }), 0o644);
    expect(ofFile.stdout).toMatch(/^warning: server\.auth_token_file: .*open-token is open to everybody .*chmod 640/m);
    expect(ofFile.stdout).not.toContain("is here, and");
    const inline = await judge({}, 0o644);
    expect(inline.stdout).toMatch(/^warning: server\.auth_token is here, and .*mode 0644.*chmod 640/m);
    expect((await judge({}, 0o640)).stdout).toBe("configuration valid\n");
  });
});

describe("a switch of security that the agent cannot honour stops the start with one line", () => {
  const agent = (changes: object): object => ({
    supervisor_url: "wss://127.0.0.1:1",
    auth_token: TOKEN,
    opencode_port: 0,
    data_dir: at(`data-${count}`),
    opencode: { command: "/nowhere/opencode" },
    ...changes,
  });

  test.each<[string, object, string, RegExp]>([
    ["an unknown setting of TLS", { tls: { ca: "cert.pem" } }, "tls.ca", /no setting/],
    ["no section at all", { tls: true }, "tls", /object/i],
    ["an authority that is not there", { tls: { ca_path: "none.pem" } }, "tls.ca_path", /none\.pem: ENOENT/],
    ["an authority that is a folder", { tls: { ca_path: "folder" } }, "tls.ca_path", /EISDIR/],
    ["an authority that is empty", { tls: { ca_path: "empty" } }, "tls.ca_path", /no certificate/],
    ["an authority that is broken", { tls: { ca_path: "broken.pem" } }, "tls.ca_path", /broken certificate/],
    [
      "an authority for a plain address",
      { supervisor_url: "ws://h", tls: { ca_path: "cert.pem" } },
      "tls.ca_path",
      /not enc/,
    ],
    [
      "a pin for a plain address",
      { supervisor_url: "http://h", tls: { fingerprint: PIN } },
      "tls.fingerprint",
      /not enc/,
    ],
    ["a pin that is none", { tls: { fingerprint: "ab:cd" } }, "tls.fingerprint", /64 hex digits/],
    ["a list without a pin", { tls: { fingerprint: [] } }, "tls.fingerprint", /./],
    ["a pin and no judging", { tls: { fingerprint: PIN, insecure: true } }, "tls.insecure", /contradict/],
    ["an authority and no judging", { tls: { ca_path: "cert.pem", insecure: true } }, "tls.insecure", /contradict/],
    ["no judging, half said", { tls: { insecure: "no" } }, "tls.insecure", /true or false/],
    ["a limit that is none", { limits: { outbox_gb: 1 } }, "limits.outbox_gb", /did you mean outbox_mb/],
    ["no token", { auth_token: undefined }, "auth_token", /missing/],
    [
      "a token's file that is empty",
      { auth_token: undefined, auth_token_file: "empty" },
      "auth_token_file",
      /is empty/,
    ],
    [
      "the supervisor's file",
      { supervisor_url: undefined, server: {} },
      "agent.config.json",
      /supervisor's configuration/,
    ],
  ])("%s", async (_name, changes, setting, reason) => {
    const said = await refusal("hal-agent", agent(changes));
    expect(said).toContain(setting);
    expect(said).toMatch(reason);
  });

  test("an authority of the environment that is not there", async () => {
    const env = { HAL_CA_FILE: "/nowhere/ca.pem" };
    expect(await refusal("hal-agent", agent({}), { env })).toMatch(/HAL_CA_FILE.*ENOENT/);
  });
});

// what is forbidden to nobody else is forbidden to this user, as whom only root can start a program
describe.skipIf(process.getuid?.() !== 0)("what this user may not read or write is one line with what to do", () => {
  const supervisor = { server: { auth_token_file: "secret", host: "127.0.0.1", port: 0, http_port: 0 } };

  test.each(["hal-supervisor", "hal-agent"] as const)("its configuration: %s", async (name) => {
    const said = await refusal(name, supervisor, { uid: NOBODY, mode: 0o600 });
    expect(said).toMatch(/^permission denied for .*\.json; run with sudo, or as the service's user/);
  });

  test("a token's file, a key, and the place of the database", async () => {
    const uid = NOBODY;
    expect(await refusal("hal-supervisor", supervisor, { uid })).toMatch(
      /server\.auth_token_file: the file that it names cannot be read: permission denied \(EACCES\); run with sudo/,
    );
    const server = { ...supervisor.server, auth_token_file: undefined, auth_token: TOKEN };
    const tls = { enabled: true, cert_path: at("cert.pem"), key_path: at("key.pem") };
    chmodSync(at("cert.pem"), 0o644);
    expect(await refusal("hal-supervisor", { server, security: { tls } }, { uid })).toMatch(
      /security\.tls\.key_path: .*key\.pem: EACCES/,
    );
    const config = { server, database: { path: at("folder/s.db") } };
    const judged = await validate("hal-supervisor", config, { uid });
    expect(judged.stdout).toContain(`database.path: this user may not write ${at("folder")}`);
    const { code, stderr } = await run("hal-supervisor", write(config), { uid });
    expect([code, stderr.trim().split("\n").length]).toEqual([1, 1]);
    expect(stderr).toContain(`cannot open the database ${at("folder/s.db")}: EACCES`);
  });

  test("a project's directory: the commands that grant it, down from the first folder that is closed", async () => {
    const home = at("home of ada");
    mkdirSync(path.join(home, "work", "shop"), { recursive: true });
    chmodSync(home, 0o700);
    mkdirSync(at("shared"));
    chmodSync(at("shared"), 0o770);
    const projects = [
      { name: "shop", directory: path.join(home, "work", "shop") },
      { name: "shared", directory: at("shared") },
    ];
    const config = { supervisor_url: "ws://127.0.0.1:1", auth_token: TOKEN, projects };
    const { code, stdout } = await validate("hal-agent", config, { uid: NOBODY });
    expect(code).toBe(0);
    const user = /project shop is inaccessible: (\S+) has no access/.exec(stdout)?.[1] ?? "?";
    expect(stdout).toContain(
      `grant it: sudo setfacl -m u:${user}:x '${home}' '${home}/work' && ` +
        `sudo setfacl -R -m u:${user}:rwX -m d:u:${user}:rwX '${home}/work/shop'\n`,
    );
    expect(stdout).toContain(`or take it into the group: sudo usermod -aG "$(stat -c %G '${at("shared")}')" ${user}`);
  });
});
