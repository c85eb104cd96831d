import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { NodeView } from "@hal/protocol";
import { makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import type { HalctlResult } from "./harness/halctl.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program, ROOT } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

let stage: Stage;
/** fingerprints in the order in which certificates came */
const fingerprints: string[] = [];
const file = (name: string): string => path.join(stage.folder, name);
const wss = (): string => `wss://127.0.0.1:${stage.ports.socket}`;
const https = (): string => `https://127.0.0.1:${stage.ports.http}`;
printLogOnFailure(() => stage);

beforeAll(async () => {
  stage = await Stage.open("/nowhere/opencode", {
    tls: (folder) => ({ cert_path: path.join(folder, "cert.pem"), key_path: path.join(folder, "key.pem") }),
  });
  if (!documentedRecipe()) await put(await makeCertificate());
  noteFingerprint();
  writeFileSync(file("ca.pem"), readFileSync(file("cert.pem")));
  await stage.startSupervisor();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The certificate that docs/configuration.md says how to make, where openssl is here. */
function documentedRecipe(): boolean {
  const docs = readFileSync(path.join(ROOT, "docs", "configuration.md"), "utf8");
  const recipe = /```bash\n(sudo openssl req[^`]+)```/.exec(docs)?.[1];
  if (recipe === undefined) throw new Error("docs/configuration.md has no recipe");
  if (spawnSync("openssl", ["version"]).error !== undefined) return false;
  const script = recipe
    .replaceAll("/etc/hal-o-swarm/", "./")
    .replaceAll("sudo ", "")
    .replaceAll(/^chown .*$/gm, "")
    .replaceAll("supervisor-host", "localhost")
    .replaceAll("192.0.2.10", "127.0.0.1");
  const { status, stderr } = spawnSync("bash", ["-euc", script], { cwd: stage.folder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return true;
}

/** As a renewal does it: one file after the other, each moved over the old one. */
async function put({ cert, key }: { readonly cert: string; readonly key: string }): Promise<void> {
  for (const [name, text] of [
    ["key.pem", key],
    ["cert.pem", cert],
  ] as const) {
    writeFileSync(file(`${name}.new`), text, { mode: 0o600 });
    renameSync(file(`${name}.new`), file(name));
  }
}

function noteFingerprint(): void {
  fingerprints.push(new X509Certificate(readFileSync(file("cert.pem"))).fingerprint256);
}

function dial(url: string, flags: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<HalctlResult> {
  return stage.halctl.with({ url, env }).run("nodes", "list", "-o", "json", ...flags);
}

async function linked(agent: Agent): Promise<void> {
  await eventually(async () => {
    const { stdout, code } = await dial(wss(), ["--insecure"]);
    expect(code).toBe(0);
    const node = (JSON.parse(stdout) as NodeView[]).find(({ id }) => existsSync(agent.dataDir) && id === agent.nodeId);
    expect(node?.connected_at, `${agent.name} is not there`).toBeTruthy();
    expect(node?.status).not.toBe("offline");
  }, 40_000);
}

describe("a supervisor with TLS on both ports", () => {
  const agents: Agent[] = [];
  const agent = (name: string, tls: object): Agent => {
    const made = stage.agent(name, { supervisorUrl: wss(), overrides: { tls } });
    agents.push(made);
    made.start();
    return made;
  };

  test("says which certificate it shows, and is found by agents that know it by authority, by pin, or by nothing", async () => {
    expect(stage.supervisor.log).toContain(fingerprints[0]);
    const known = [
      agent("by-authority", { ca_path: file("ca.pem") }),
      agent("by-pin", { fingerprint: fingerprints[0]?.replaceAll(":", "").toLowerCase() }),
      agent("by-nothing", { insecure: true }),
    ];
    const stranger = agent("by-mistake", {});
    for (const one of known) await linked(one);
    expect(known[2]?.log).toMatch(/tls\.insecure is true: .* NOT checked/);
    expect(known[0]?.log).not.toContain("NOT checked");
    await eventually(() => {
      expect(stranger.log).toContain("signed by nobody who is trusted here");
      expect(stranger.log).toContain(
        `tls.ca_path, or, if it is the right one, its fingerprint with tls.fingerprint ${fingerprints[0]}`,
      );
    });
    const { stdout } = await dial(wss(), ["--insecure"]);
    expect(stdout).not.toContain("by-mistake");
    await stranger.stop();
  });

  test("is reached by halctl over wss and https by the same means, and refused in one line otherwise", async () => {
    for (const url of [wss(), https()]) {
      expect((await dial(url, ["--ca-file", file("ca.pem")])).code).toBe(0);
      expect((await dial(url, [], { HAL_CA_FILE: file("ca.pem") })).code).toBe(0);
      expect((await dial(url, ["--tls-fingerprint", fingerprints[0] ?? ""])).code).toBe(0);
      const insecure = await dial(url, ["--insecure"]);
      expect(insecure.code).toBe(0);
      expect(insecure.stderr).toContain("NOT checked");
      const refused = await dial(url, []);
      expect(refused.code).toBe(3);
      expect(refused.stderr.trim().split("\n")).toHaveLength(1);
      expect(refused.stderr).toContain(`--tls-fingerprint ${fingerprints[0]}`);
    }
    expect((await dial(wss().replace("wss", "ws"), [])).stderr).toContain("write wss://");
  });

  test("tells whoever comes without TLS what to write, and goes on to tell its own machine that it lives", async () => {
    for (const url of [wss(), https()]) {
      const { code, stderr } = await dial(url.replace(/^(ws|http)s/, "$1"), []);
      expect([code, stderr.trim().split("\n").length]).toEqual([3, 1]);
      expect(stderr).toMatch(/speaks TLS.*(wss|https):\/\//);
    }
    const health = await fetch(`http://127.0.0.1:${stage.ports.http}/healthz`);
    expect(health.status).toBe(200);
    const plain = stage.agent("plain", { supervisorUrl: wss().replace("wss:", "ws:") });
    plain.start();
    await eventually(() => expect(plain.log).toContain("it speaks TLS; write wss:// in supervisor_url"));
    await plain.stop();
  });

  test("shows a renewed certificate without a restart and without losing anybody, and never a broken one", async () => {
    const following = stage.halctl
      .with({ url: wss(), env: { HAL_CA_FILE: file("ca.pem") } })
      .start("events", "-f", "-o", "json");
    await put(await makeCertificate());
    noteFingerprint();
    const [old, renewed] = fingerprints as [string, string];
    // nobody tells it: it looks by itself
    for (const url of [wss(), https()])
      await eventually(async () => expect((await dial(url, ["--tls-fingerprint", renewed])).code).toBe(0), 30_000);
    expect((await dial(https(), ["--tls-fingerprint", old])).stderr).toContain(
      "another one than --tls-fingerprint says",
    );

    writeFileSync(file("cert.pem"), "-----BEGIN CERTIFICATE-----\nhalf");
    process.kill(stage.supervisor.pid, "SIGHUP");
    await eventually(() => expect(stage.supervisor.log).toContain("the new certificate is refused"));
    expect(stage.supervisor.log).toMatch(/security\.tls\.cert_path: .* holds no certificate in PEM/);
    expect((await dial(https(), ["--tls-fingerprint", renewed])).code).toBe(0);

    await put(await makeCertificate());
    noteFingerprint();
    process.kill(stage.supervisor.pid, "SIGHUP");
    await eventually(async () =>
      expect((await dial(wss(), ["--tls-fingerprint", fingerprints[2] ?? ""])).code).toBe(0),
    );
    expect(following.isRunning).toBe(true);
    expect(following.stderr).toBe("");
    await following.stop();
    for (const one of agents.slice(0, 3)) expect(one.log).not.toMatch(/link was closed|cannot reach/);
  });

  test("is found again after a restart by agents whose authority's file was renewed, too, and refused by old pins", async () => {
    writeFileSync(file("ca.pem"), readFileSync(file("cert.pem")));
    await stage.supervisor.stop();
    await stage.startSupervisor();
    await linked(agents[0] as Agent);
    await eventually(
      () =>
        expect(agents[1]?.log).toContain(
          `another one than tls.fingerprint says; if it was renewed, write ${fingerprints[2]}`,
        ),
      40_000,
    );
  });
});

describe("what cannot be honoured", () => {
  const run = async (name: "hal-supervisor" | "hal-agent", config: object, ...more: string[]) => {
    writeFileSync(file("wrong.json"), JSON.stringify(config));
    const program = new Program({
      label: name,
      file: executable(name),
      args: ["--config", file("wrong.json"), ...more],
      cwd: stage.folder,
      env: { PATH: process.env["PATH"], HOME: stage.folder },
    });
    const { code } = await program.ended;
    return { code, stderr: program.stderr };
  };

  test("stops start and validation of a supervisor with one line, and leaves nothing behind", async () => {
    writeFileSync(file("other.pem"), (await makeCertificate()).key);
    const base = { server: { auth_token: stage.token, port: 0 }, database: { path: file("never.db") } };
    const tls = { enabled: true, cert_path: file("cert.pem"), key_path: file("other.pem") };
    for (const more of [[], ["--validate"]]) {
      const { code, stderr } = await run("hal-supervisor", { ...base, security: { tls } }, ...more);
      expect(code).toBe(1);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toMatch(/security\.tls\.key_path: the key in .* is not the one of the certificate/);
    }
    expect(existsSync(file("never.db"))).toBe(false);
  });

  test("stops start and validation of an agent with one line", async () => {
    const base = { supervisor_url: "ws://127.0.0.1:1", auth_token: stage.token, data_dir: file("never") };
    for (const more of [[], ["--validate"]]) {
      const { code, stderr } = await run("hal-agent", { ...base, tls: { fingerprint: "ab".repeat(32) } }, ...more);
      expect(code).toBe(1);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(stderr).toContain(
        "tls.fingerprint: cannot be honoured, because supervisor_url ws://127.0.0.1:1 is not encrypted",
      );
    }
    expect(existsSync(file("never"))).toBe(false);
  });
});
