import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DbInfo, NodeView, StatusView, WhoamiView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../src/capabilities/doctor/check.ts";
import { checkLogins, checkNode } from "../../src/capabilities/doctor/check-nodes.ts";
import { checkDatabase, checkSupervisor } from "../../src/capabilities/doctor/check-supervisor.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { command, node, NOW, STATUS } from "../support/views.ts";

const ADMIN: WhoamiView = { actor: "shared-token", role: "admin", expires_at: null };

const DB: DbInfo = {
  file: "/db",
  size_bytes: 1e6,
  wal_bytes: 0,
  free_bytes: 1e12,
  log_id: "l",
  schema_version: 1,
  events_at_most: 1,
  oldest_event_at: null,
  newest_event_at: null,
  pruned_up_to: 0,
  backup: { file: "/db.backup", size_bytes: 1e6, made_at: new Date(NOW - 3_600_000).toISOString() },
};

describe("halctl doctor", () => {
  let actor = ADMIN;
  let nodes: NodeView[] = [];
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "whoami.get": () => actor,
      "status.get": () => ({ ...STATUS, version: "9.9.9" }),
      "db.info": () => DB,
      "nodes.list": () => nodes,
      "nodes.check": () => ({
        command: command({ type: "node.status" }),
        status: {
          opencode: { state: "up", since: 1 },
          told: {},
          working: {},
          credentials: [{ provider: "anthropic", kind: "oauth" }],
        },
      }),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const lines = (checks: readonly Check[]): string =>
    checks.map(({ name, level, text }) => `${level} ${name}: ${text}`).join("\n");

  it("finds nothing where everything is well, and shows no token", async () => {
    nodes = [node({ version: "9.9.9" })];
    const { code, out } = await halctl(server.url, ["doctor"]);
    expect(code).toBe(0);
    expect(out).toContain("nothing is wrong");
    for (const text of [server.url, "takes connections", "shared-token, role admin", "anthropic (oauth)", "as halctl"])
      expect(out).toContain(text);
    expect(out).not.toContain(TOKEN);
    expect(out).not.toMatch(/✗|→/);
  });

  it("tells what is wrong with nodes, each with a fix, and ends with 1", async () => {
    nodes = [node({ name: "bob", status: "offline", reason: "offline: no heartbeat for 5 min" })];
    const { code, out } = await halctl(server.url, ["doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ node bob +offline: no heartbeat for 5 min\n +→ halctl why bob --kind node/);
    expect(out).toContain("1 problem");
  });

  it("notes whose agents hold a token that is admin, with the two commands that change it, and ends with 0", async () => {
    nodes = [
      node({ name: "ada", hostname: "ada.local", version: "9.9.9", token_role: "admin" }),
      node({ name: "bob", version: "9.9.9", token_role: "admin" }),
      node({ name: "eve", version: "9.9.9", token_role: "agent" }),
    ];
    const { code, out } = await halctl(server.url, ["doctor", "-o", "json"]);
    expect(code).toBe(0);
    const found = (JSON.parse(out) as Check[]).filter(({ name }) => name === "agent tokens");
    expect(found).toMatchObject([
      {
        level: "note",
        text: expect.stringContaining("ada and 1 more has the shared token"),
        fix: expect.stringMatching(/tokens create ada --role agent .* on ada\.local: .*auth_token_file/),
      },
    ]);
  });

  it("does not ask nodes what a viewer may not ask", async () => {
    actor = { ...ADMIN, role: "viewer" };
    nodes = [node({ version: "9.9.9" })];
    const asked = server.calls.length;
    const { code, out } = await halctl(server.url, ["doctor", "-o", "json"]);
    expect(code).toBe(0);
    expect(lines(JSON.parse(out) as Check[])).toContain("note logins: asking nodes for the logins of opencode needs");
    expect(server.calls.slice(asked).map(({ operation }) => operation)).not.toContain("nodes.check");
    actor = ADMIN;
  });

  it.each<[string, string[], Record<string, string>, string, string]>([
    [
      "a wrong token",
      ["--auth-token", "wrong"],
      {},
      "token: the supervisor refused the token (fingerprint 8810ad58)",
      "the supervisor's log",
    ],
    [
      "a token that everybody knows",
      ["--auth-token", "your-shared-secret-here"],
      {},
      "token: fingerprint df33d0d6, from --auth-token, is a placeholder that everybody knows",
      "openssl rand -hex 32",
    ],
    ["TLS where there is none", ["--supervisor-url", "wss://127.0.0.1:PORT"], {}, "TLS: ", "use ws:// or http://"],
    ["no token", [], { HALCTL_AUTH_TOKEN: "" }, "token: no token was given", "--token-file FILE"],
    [
      "an address that is none",
      ["--supervisor-url", "here"],
      {},
      "settings: --supervisor-url here is not an address",
      "halctl config show",
    ],
    [
      "a host that is unknown",
      ["--supervisor-url", "ws://nowhere.invalid:1"],
      {},
      "DNS: nowhere.invalid has no address",
      "/etc/hosts",
    ],
    [
      "a port where nothing listens",
      ["--supervisor-url", "ws://127.0.0.1:1"],
      {},
      "port: port 1: nothing listens there",
      "systemctl status hal-supervisor",
    ],
    ["a context that is not there", ["--context", "x"], {}, "settings: no context x", "halctl config show"],
  ])("tells %s, with a fix", async (_name, args, env, text, fix) => {
    const { port } = new URL(server.url);
    const ran = await halctl(server.url, ["doctor", ...args.map((arg) => arg.replace("PORT", port)), "-o", "json"], {
      env: { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN, ...env },
    });
    expect(ran.code).toBe(1);
    const checks = JSON.parse(ran.out) as Check[];
    expect(lines(checks)).toContain(`problem ${text}`);
    expect(checks.find((check) => check.level === "problem")?.fix).toContain(fix);
    for (const { level, fix: mend } of checks) expect([level, mend === null]).not.toEqual(["problem", true]);
  });

  it("tells something else that listens from a supervisor", async () => {
    const other = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, out } = await halctl(`ws://127.0.0.1:${port}`, ["doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ supervisor/);
    other.close();
  });

  it("tells that others may read the file with the token", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hal doctor "));
    await writeFile(join(folder, "token"), `${TOKEN}\n`, { mode: 0o644 });
    const { code, out } = await halctl(server.url, ["doctor", "--token-file", join(folder, "token")]);
    expect(code).toBe(1);
    expect(out).toContain(`chmod 600 ${join(folder, "token")}`);
    await rm(folder, { recursive: true });
  });
});

describe("what a doctor makes of facts", () => {
  const at = (ms: number): string => new Date(NOW + ms).toISOString();
  const STUCK = { event_id: 7, reason: "no route", attempts: 3, since: at(-300_000), next_try_at: at(40_000) };
  const FOLLOWER = {
    name: "journal",
    lag_events: 0,
    stuck: null,
    set_aside: 2,
    last_set_aside: { event_id: 5, reason: "it breaks", at: at(-1) },
  };
  const supervisor = (status: Partial<StatusView>, actor: Partial<WhoamiView> = {}): string =>
    checkSupervisor({
      status: { ...STATUS, ...status },
      actor: { ...ADMIN, ...actor },
      version: "0.1.0",
      askedAt: NOW,
      roundTripMs: 20,
    })
      .map(({ level, text }) => `${level} ${text}`)
      .join("\n");

  it.each<[string, string, string]>([
    [
      "a clock that is behind",
      supervisor({ server_time: new Date(NOW + 90_000).toISOString() }),
      "problem this machine's clock is 90 s behind the supervisor's",
    ],
    [
      "a clock that is ahead",
      supervisor({ server_time: new Date(NOW - 3_600_000 * 3).toISOString() }),
      "problem this machine's clock is 3 h ahead of",
    ],
    ["a clock that is right", supervisor({}), "ok as the supervisor's, within 0 s"],
    ["another version", supervisor({ version: "0.2.0" }), "note version 0.2.0, halctl is 0.1.0"],
    [
      "a token that ends soon",
      supervisor({}, { expires_at: new Date(NOW + 86_400_000).toISOString() }),
      "note accepted: shared-token, role admin, expires in 24 h",
    ],
    ["an empty fleet", supervisor({ nodes: { online: 0 } }), "problem no agent ever connected"],
    [
      "a follower that is stuck",
      supervisor({ followers: [{ ...FOLLOWER, stuck: STUCK }] }),
      "problem journal is stuck at event 7 for 5 min: no route; tried 3 times, again in 40 s",
    ],
    [
      "events that were set aside",
      supervisor({ followers: [FOLLOWER] }),
      "note journal went on without 2 events, last 5: it breaks",
    ],
    ["people who are waited for", supervisor({ open_interactions: 2 }), "note 2 wait for a person"],
  ])("%s", (_name, told, text) => expect(told).toContain(text));

  const differing = (count: number): NonNullable<NodeView["differences"]> =>
    Array.from({ length: count }, (_, index) => ({
      session_id: `ses_${index}`,
      text: "its agent told idle, the log says busy",
      since: "2026-01-01T00:00:00.000Z",
    }));

  const told = (changes: Partial<NodeView>): string =>
    checkNode(node(changes), "0.1.0")
      .map(({ level, text, fix }) => `${level} ${text} → ${fix}`)
      .join("\n");

  it.each<[string, string, string]>([
    ["a node that is well", told({}), "ok online; opencode 1.18.33 is up; 1 project(s) ready → null"],
    [
      "one that is degraded",
      told({ status: "degraded", reason: "degraded: opencode is down" }),
      "problem degraded: opencode is down → halctl why ada",
    ],
    [
      "a project that is missing",
      told({ projects: [{ name: "p", directory: "/p", state: "missing", reason: "no such directory" }] }),
      "problem project p is missing: no such directory → on vm: create /p",
    ],
    ["an older agent", told({ version: "0.0.9" }), "note its agent is 0.0.9, the supervisor 0.1.0"],
    [
      "a clock that is ahead",
      told({ clock_ahead_ms: 90_000 }),
      "problem its clock is 90 s ahead of the supervisor's → on",
    ],
    [
      "a clock that is behind",
      told({ clock_ahead_ms: -7_200_000 }),
      "problem its clock is 2 h behind the supervisor's",
    ],
    ["a clock of which nothing is known", told({ clock_ahead_ms: null }), "ok online"],
    [
      "a session that the log has otherwise than it was told",
      told({ differences: differing(1) }),
      "problem what is shown of session ses_0 may be false: its agent told idle, the log says busy → its agent was asked to tell it once more; where this stays, look at halctl why ses_0",
    ],
    ["many of them", told({ differences: differing(5) }), "problem the same of 2 more sessions → halctl nodes list"],
    [
      "a disk that is full",
      told({
        resources: { cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 2, diskFreeBytes: 9e8, diskTotalBytes: 1e12 },
      }),
      "problem its disk has 858 MiB left → on vm: make room",
    ],
  ])("%s", (_name, line, text) => expect(line).toContain(text));

  it.each<[string, Partial<DbInfo>, string]>([
    ["a database that is well", {}, "ok 977 KiB, 931 GiB free, backed up 60 min ago"],
    ["a disk without room for a backup", { size_bytes: 9e9, free_bytes: 1e10 }, "problem 9.3 GiB are left"],
    ["no backup", { backup: null }, "note its last backup is none"],
  ])("%s", (_name, changes, text) => {
    const lines = checkDatabase({ ...DB, ...changes }, NOW).map((check) => `${check.level} ${check.text}`);
    expect(lines.join("\n")).toContain(text);
  });

  it.each([
    [[], "note"],
    [undefined, "note"],
    [[{ provider: "OPENAI_API_KEY", kind: "variable" as const }], "ok"],
  ])("logins %j", (credentials, level) => expect(checkLogins(node(), credentials).level).toBe(level));
});
