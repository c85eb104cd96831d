import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectPlain } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type ConnectionOptions } from "node:tls";
import type { AuditView } from "@hal/protocol";
import { parseConfig } from "@hal/daemon";
import { type Certificate, makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SupervisorConfig } from "../../src/config.ts";
import { readTls } from "../../src/gate/tls-material.ts";
import { dial } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const DAY_MS = 86_400_000;

let folder: string;
let [first, second, third]: Certificate[] = [];
const file = (name: string): string => join(folder, name);
const settings = (): { enabled: boolean; cert_path: string; key_path: string } => ({
  enabled: true,
  cert_path: file("cert.pem"),
  key_path: file("key.pem"),
});
const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256;

function put({ cert, key }: Certificate): void {
  writeFileSync(file("cert.pem"), cert);
  writeFileSync(file("key.pem"), key, { mode: 0o600 });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hal tls "));
  [first, second, third] = await Promise.all([makeCertificate(), makeCertificate(), makeCertificate()]);
});
beforeEach(() => {
  chmodSync(folder, 0o700);
  put(first as Certificate);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a certificate that cannot be used stops the start with one line that names key and reason", () => {
  const read = (changes: object = {}): unknown => readTls({ ...settings(), ...changes }, Date.now());

  it.each<[string, () => unknown, RegExp]>([
    [
      "no path",
      () => read({ cert_path: undefined }),
      /^security\.tls\.cert_path is missing although security\.tls\.enabled is true$/,
    ],
    ["an empty path", () => read({ key_path: "" }), /^security\.tls\.key_path is missing/],
    [
      "no file",
      () => read({ cert_path: "/nowhere/cert.pem" }),
      /^security\.tls\.cert_path: cannot read \/nowhere\/cert\.pem: ENOENT$/,
    ],
    ["a folder", () => read({ key_path: tmpdir() }), /^security\.tls\.key_path: cannot read .*: EISDIR$/],
    [
      "no certificate",
      () => read({ cert_path: file("key.pem") }),
      /^security\.tls\.cert_path: .* holds no certificate in PEM$/,
    ],
    ["no key", () => read({ key_path: file("cert.pem") }), /^security\.tls\.key_path: .* holds no private key in PEM$/],
  ])("%s", (_name, start, text) => {
    expect(start).toThrow(text);
  });

  it("another one's key, and a key with a passphrase", async () => {
    writeFileSync(file("key.pem"), (second as Certificate).key);
    expect(read).toThrow(
      /^security\.tls\.key_path: the key in .*key\.pem is not the one of the certificate in .*cert\.pem$/,
    );
    put(await makeCertificate({ passphrase: "hunter2" }));
    expect(read).toThrow(/^security\.tls\.key_path: .* is protected with a passphrase; it must be without one$/);
  });

  it.each<[object, string]>([
    [
      { tls: { enabeld: true } },
      "security.tls.enabeld: is no setting, and nothing would honour it; did you mean enabled?",
    ],
    [{ tls: { enabled: "yes" } }, "security.tls.enabled: must be true or false"],
    [{ tls: { enabled: true, min_version: "1.3" } }, "security.tls.min_version: is no setting"],
    [
      { origin_allow_list: [] },
      "security.origin_allow_list: is no setting, and nothing would honour it; did you mean origin_allowlist?",
    ],
    [{ origin_allowlist: ["https://*.example.com"] }, "security.origin_allowlist.0: is no origin"],
    [{ audit: { enabled: 1 } }, "security.audit.enabled: must be true or false"],
    [{ audit: { retention: 5 } }, "security.audit.retention: is no setting"],
  ])("%j", (security, text) => {
    const value = { server: { auth_token: "t" }, security };
    expect(() => parseConfig(SupervisorConfig, value, { env: {} })).toThrow(text);
  });

  it("and everything else that is wrong is told with it, in one go", () => {
    const value = {
      server: { auth_token: "t".repeat(40), prot: 1, port: "x" },
      securty: {},
      security: { tsl: {}, tls: { enabeld: true, cert: "c" }, audit: { enabled: 1 } },
    };
    const judge = (): unknown => parseConfig(SupervisorConfig, value, { env: {} });
    for (const text of [
      "security.tsl: is no setting, and nothing would honour it; did you mean tls?",
      "security.tls.enabeld: is no setting",
      "security.tls.cert: is no setting",
      "security.audit.enabled: must be true or false",
      "server.port: must be a number",
      "server.prot: unknown key, ignored; did you mean port?",
      "securty: unknown key, ignored; did you mean security?",
    ])
      expect(judge).toThrow(text);
  });
});

describe("a certificate that can be used, but should not stay so", () => {
  it.each<[string, Parameters<typeof makeCertificate>[0], number, RegExp | undefined]>([
    ["is fine", {}, 0o600, undefined],
    [
      "has a key that others read",
      {},
      0o640,
      /key_path: .* is open to others than its owner \(mode 0640\); chmod 600 /,
    ],
    ["ends soon", { validTo: new Date(Date.now() + 3 * DAY_MS) }, 0o600, /cert_path: .* expires in 3 d/],
    ["has ended", { validFrom: new Date(0), validTo: new Date(DAY_MS) }, 0o600, /cert_path: .* has expired \(1970/],
    ["is of the future", { validFrom: new Date(Date.now() + DAY_MS) }, 0o600, /cert_path: .* is not valid before/],
    ["names no host", { hosts: [] }, 0o600, /cert_path: .* names no host/],
  ])("%s", async (_name, options, mode, text) => {
    put(await makeCertificate(options));
    chmodSync(file("key.pem"), mode);
    const advice = readTls(settings(), Date.now())?.advice ?? [];
    expect(advice.join("\n")).toMatch(text ?? /^$/);
    expect(advice).toHaveLength(text === undefined ? 0 : 1);
  });
});

/** What a port shows, or why it shows nothing. */
function shownBy(port: number | undefined, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const start = (): Promise<Stage> => startStage({}, { security: { tls: settings() } }, { certificateLookMs: 20 });

async function showsOnBothPorts(stage: Stage, certificate: Certificate | undefined): Promise<void> {
  for (const port of [stage.supervisor.port, stage.supervisor.httpPort])
    await expect.poll(() => shownBy(port)).toBe(fingerprintOf(certificate as Certificate));
}

const refusals = (stage: Stage): string[] =>
  stage.lines.filter((line) => line.includes("the new certificate is refused"));

describe("a certificate that is renewed while the supervisor runs", () => {
  it("is shown on both ports, however its files are replaced", async () => {
    const real = (name: string, { cert, key }: Certificate): void => {
      writeFileSync(file(`${name}.cert`), cert);
      writeFileSync(file(`${name}.key`), key, { mode: 0o600 });
    };
    await using stage = await start();
    await showsOnBothPorts(stage, first);
    // written over
    put(second as Certificate);
    await showsOnBothPorts(stage, second);
    // moved over
    real("new", third as Certificate);
    renameSync(file("new.key"), file("key.pem"));
    renameSync(file("new.cert"), file("cert.pem"));
    await showsOnBothPorts(stage, third);
    // a link that points to another file
    real("linked", first as Certificate);
    for (const kind of ["cert", "key"]) {
      unlinkSync(file(`${kind}.pem`));
      symlinkSync(file(`linked.${kind}`), file(`${kind}.pem`));
    }
    await showsOnBothPorts(stage, first);
    expect(stage.lines.filter((line) => line.includes("the certificate was renewed"))).toHaveLength(3);
    expect(refusals(stage)).toEqual([]);
    for (const kind of ["cert", "key"]) unlinkSync(file(`${kind}.pem`));
  });

  it("is refused once and loudly where it does not work, the old one stays, and the next good one is taken", async () => {
    await using stage = await start();
    writeFileSync(file("cert.pem"), (second as Certificate).cert);
    await expect.poll(() => refusals(stage)).toHaveLength(1);
    expect(refusals(stage)[0]).toContain("is not the one of the certificate");
    writeFileSync(file("cert.pem"), "half");
    await expect.poll(() => refusals(stage)).toHaveLength(2);
    unlinkSync(file("key.pem"));
    await expect.poll(() => refusals(stage)).toHaveLength(3);
    expect(refusals(stage)[2]).toMatch(/key_path: cannot read .*: ENOENT/);
    await showsOnBothPorts(stage, first);
    expect(JSON.parse(refusals(stage)[0] ?? "")).toMatchObject({
      level: "error",
      certificate: fingerprintOf(first as Certificate),
    });
    put(second as Certificate);
    await showsOnBothPorts(stage, second);
    expect(refusals(stage)).toHaveLength(3);
  });

  it("is taken at once where somebody asks for it", async () => {
    await using stage = await startStage({}, { security: { tls: settings() } }, { certificateLookMs: 3_600_000 });
    put(second as Certificate);
    await stage.supervisor.reload();
    expect(await shownBy(stage.supervisor.port)).toBe(fingerprintOf(second as Certificate));
    writeFileSync(file("key.pem"), "broken");
    await stage.supervisor.reload();
    await stage.supervisor.reload();
    expect(refusals(stage)).toHaveLength(2);
    expect(await shownBy(stage.supervisor.httpPort)).toBe(fingerprintOf(second as Certificate));
  });

  it("tells plain HTTP what to write, and nothing else but, to its own machine, that it lives", async () => {
    await using stage = await start();
    put(second as Certificate);
    await showsOnBothPorts(stage, second);
    const { port, httpPort } = stage.supervisor;
    for (const [at, path] of [
      [port, "/"],
      [port, "/healthz"],
      [httpPort, "/metrics"],
      [httpPort, "/healthz?x"],
      [httpPort, "/api/v1/nodes"],
    ] as const) {
      const answer = await fetch(`http://127.0.0.1:${at}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      expect([answer.status, await answer.json()]).toEqual([
        426,
        { code: "UPGRADE_REQUIRED", error: expect.any(String) },
      ]);
    }
    for (const path of ["/healthz", "/readyz"])
      expect((await fetch(`http://127.0.0.1:${httpPort}${path}`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${httpPort}/healthz`, { method: "POST" })).status).toBe(426);
    await expect(dial(port)).rejects.toThrow("426");
    // in pieces, one byte first
    const socket = connectPlain({ host: "127.0.0.1", port });
    socket.write("G");
    await delay(50);
    socket.end("ET / HTTP/1.1\r\nhost: x\r\n\r\n");
    let heard = "";
    for await (const data of socket) heard += String(data);
    expect(heard).toMatch(/^HTTP\/1\.1 426 .*upgrade: TLS\/1\.2.*write https:\/\/ or wss:\/\//s);
  });

  it("makes no port speak plain text or TLS 1.1", async () => {
    await using stage = await start();
    put(second as Certificate);
    await showsOnBothPorts(stage, second);
    for (const port of [stage.supervisor.port, stage.supervisor.httpPort]) {
      expect((await fetch(`http://127.0.0.1:${port}/api/v1/status`)).status).toBe(426);
      await expect(
        shownBy(port, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" }),
      ).rejects.toThrow(/version/i);
      expect(await shownBy(port, { maxVersion: "TLSv1.2" })).toBe(fingerprintOf(second as Certificate));
    }
  });

  it("a renewal is in the audit, and so is one that was refused", async () => {
    await using stage = await start();
    put(second as Certificate);
    await stage.supervisor.reload();
    writeFileSync(file("cert.pem"), "no certificate");
    await stage.supervisor.reload();
    await expect
      .poll(async () => {
        const rows = await audited(stage, "certificate.renew");
        return rows.map(({ result, args }) => [result, args]);
      })
      .toEqual([
        ["refused", {}],
        ["ok", expect.objectContaining({ fingerprint: fingerprintOf(second as Certificate) })],
      ]);
  });
});

/** Rows of the audit, newest first. */
async function audited({ supervisor }: Stage, action: string): Promise<AuditView[]> {
  const request = get({
    port: supervisor.httpPort,
    path: `/api/v1/audit?action=${action}`,
    headers: { authorization: `Bearer ${TOKEN}` },
    rejectUnauthorized: false,
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return ((await json(response)) as { data: AuditView[] }).data;
}
