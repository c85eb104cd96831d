import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer, request } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { type Certificate, makeAuthority, makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { secureConnection, type TrustNames, trustOf, type TrustSettings } from "../src/index.ts";

const NAMES: TrustNames = {
  url: "supervisor_url",
  ca: "tls.ca_path",
  fingerprint: "tls.fingerprint",
  insecure: "tls.insecure",
};

let folder: string;
let authority: Certificate;
let selfSigned: Certificate;
let signed: Certificate;
const file = (name: string): string => join(folder, name);
const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hal trust "));
  [authority, selfSigned] = await Promise.all([makeAuthority(), makeCertificate()]);
  signed = await makeCertificate({ authority });
  writeFileSync(file("authority.pem"), authority.cert);
  writeFileSync(file("self.pem"), selfSigned.cert);
  writeFileSync(file("both.pem"), `# old and new\n${authority.cert}\n${selfSigned.cert}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Asks a server that shows this certificate, and returns what it heard: the answer, or why not. */
async function ask(
  certificate: Certificate,
  settings: Omit<TrustSettings, "url">,
  host = "127.0.0.1",
): Promise<{ readonly heard: string; readonly asked: number }> {
  let asked = 0;
  const server = createServer(certificate, (_request, response) => {
    asked += 1;
    response.end("welcome");
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const port = await listening(server);
  const heard = await fetchText(`https://${host}:${port}`, settings);
  await new Promise((resolve) => server.close(resolve));
  return { heard, asked };
}

function fetchText(url: string, settings: Omit<TrustSettings, "url">, timeoutMs = 5_000): Promise<string> {
  const trust = trustOf({ url, ...settings }, NAMES);
  return new Promise((resolve) => {
    const asking = request(url, { createConnection: secureConnection(url, trust, timeoutMs) }, (response) => {
      response.setEncoding("utf8").once("data", resolve);
    });
    asking.on("error", (error) => resolve(error.message)).end();
  });
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

// I14
describe("a server is known", () => {
  it("by its authority, by itself where it is its own, and by old and new in one file", async () => {
    for (const [certificate, caPath] of [
      [signed, "authority.pem"],
      [selfSigned, "self.pem"],
      [signed, "both.pem"],
      [selfSigned, "both.pem"],
    ] as const)
      expect(await ask(certificate, { caPath: file(caPath) })).toEqual({ heard: "welcome", asked: 1 });
  });

  it("by its fingerprint, in each way in which one is written, whoever signed it and whatever its host is called", async () => {
    const nameless = await makeCertificate({ hosts: [] });
    const shown = fingerprintOf(nameless);
    const plain = shown.replaceAll(":", "").toLowerCase();
    for (const text of [shown, plain, `sha256:${plain}`, `sha256 Fingerprint=${shown}`])
      expect(await ask(nameless, { fingerprints: [text] })).toEqual({ heard: "welcome", asked: 1 });
    const another = fingerprintOf(selfSigned);
    expect((await ask(nameless, { fingerprints: [another, shown] })).heard).toBe("welcome");
  });

  it("by nothing, where somebody insists", async () => {
    expect((await ask(selfSigned, { isInsecure: true })).heard).toBe("welcome");
  });
});

// I14
describe("a server that is not known", () => {
  it("is asked nothing, and what it showed is told with what to do", async () => {
    const expired = await makeCertificate({ validFrom: new Date(0), validTo: new Date(86_400_000) });
    const elsewhere = await makeCertificate({ hosts: ["elsewhere.example"], authority });
    const caPath = file("authority.pem");
    const unknown =
      /signed by nobody who is trusted here; give its authority with tls\.ca_path, or, .* tls\.fingerprint (..:){31}..$/;
    const cases: [Certificate, Omit<TrustSettings, "url">, RegExp][] = [
      [selfSigned, {}, unknown],
      [signed, {}, unknown],
      [selfSigned, { caPath }, unknown],
      [expired, { caPath }, /signed by nobody|has expired/],
      [elsewhere, { caPath }, /is not made for 127\.0\.0\.1 but for elsewhere\.example; give/],
      [selfSigned, { fingerprints: [fingerprintOf(signed)] }, /another one than tls\.fingerprint says/],
      [selfSigned, { caPath, fingerprints: [fingerprintOf(selfSigned)] }, unknown],
      [signed, { caPath, fingerprints: [fingerprintOf(selfSigned)] }, /another one than tls\.fingerprint says/],
    ];
    for (const [certificate, settings, text] of cases) {
      const { heard, asked } = await ask(certificate, settings);
      expect(heard).toMatch(text);
      expect(heard.split("\n")).toHaveLength(1);
      expect(asked).toBe(0);
      expect(settings.fingerprints !== undefined || heard.includes(fingerprintOf(certificate))).toBe(true);
    }
    expect((await ask(signed, { caPath }, "localhost")).heard).toBe("welcome");
  });

  it("is told apart from a port without TLS, and from one that says nothing", async () => {
    const http = createHttp((_request, response) => response.end("plain"));
    const heard = await fetchText(`https://127.0.0.1:${await listening(http)}`, {});
    expect(heard).toContain("does not speak TLS");
    http.closeAllConnections();
    http.close();

    const { createServer: createMute } = await import("node:net");
    const sockets: Socket[] = [];
    const mute = createMute((socket) => void sockets.push(socket));
    const port = await listening(mute);
    expect(await fetchText(`https://127.0.0.1:${port}`, {}, 200)).toBe("no answer within 0.2 s");
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
});

describe("an authority's file that is replaced while a client runs", () => {
  it("counts from the next connection on, and not while it is broken", async () => {
    const caPath = file("changing.pem");
    writeFileSync(caPath, authority.cert);
    const trust = trustOf({ url: "wss://h", caPath }, NAMES);
    writeFileSync(caPath, "half a certi");
    expect(trust.authorities()).toBe(authority.cert);
    writeFileSync(caPath, selfSigned.cert);
    expect(trust.authorities()).toBe(selfSigned.cert);
  });
});

// I14
describe("a setting that cannot be honoured", () => {
  const pin = "ab".repeat(32);
  it.each<[string, TrustSettings, string]>([
    [
      "an authority without TLS",
      { url: "ws://h:8420", caPath: "/x" },
      "tls.ca_path: cannot be honoured, because supervisor_url ws://h:8420 is not encrypted; write wss://h:8420",
    ],
    ["a pin without TLS", { url: "http://h", fingerprints: [pin] }, "tls.fingerprint: cannot be honoured"],
    ["a pin that is none", { url: "wss://h", fingerprints: ["ab:cd"] }, "tls.fingerprint: this is no SHA-256"],
    [
      "a pin that nobody looks at",
      { url: "wss://h", fingerprints: [pin], isInsecure: true },
      "tls.fingerprint and tls.insecure contradict each other",
    ],
    [
      "a file that is not there",
      { url: "wss://h", caPath: "/nowhere/ca.pem" },
      "tls.ca_path: cannot read /nowhere/ca.pem: ENOENT",
    ],
  ])("is named with the reason: %s", (_name, settings, text) => {
    expect(() => trustOf(settings, NAMES)).toThrow(text);
  });

  it("is a file without a certificate, too", () => {
    writeFileSync(file("none.pem"), "hello");
    writeFileSync(file("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const read = (name: string) => () => trustOf({ url: "wss://h", caPath: file(name) }, NAMES);
    expect(read("none.pem")).toThrow("holds no certificate in PEM");
    expect(read("broken.pem")).toThrow("holds a broken certificate");
  });
});
