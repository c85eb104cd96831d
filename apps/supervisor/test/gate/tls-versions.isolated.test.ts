import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import type { AddressInfo } from "node:net";
import { makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { secureContextOf } from "../../src/gate/tls-material.ts";
import { startStage } from "../support/start.ts";

/** As weak as OpenSSL can be asked to be: whatever is refused now, our own setting refuses. */
const WEAK = "ALL:@SECLEVEL=0";
const usual = { ciphers: tls.DEFAULT_CIPHERS, min: tls.DEFAULT_MIN_VERSION };
let folder: string;
let files: { readonly cert: string; readonly key: string };

beforeAll(async () => {
  Object.assign(tls, { DEFAULT_CIPHERS: WEAK, DEFAULT_MIN_VERSION: "TLSv1" });
  files = await makeCertificate();
  folder = mkdtempSync(join(tmpdir(), "hal tls "));
  writeFileSync(join(folder, "cert.pem"), files.cert);
  writeFileSync(join(folder, "key.pem"), files.key, { mode: 0o600 });
});
afterAll(() => {
  Object.assign(tls, { DEFAULT_CIPHERS: usual.ciphers, DEFAULT_MIN_VERSION: usual.min });
  rmSync(folder, { recursive: true });
});

/** The version that a client with no more than this one is spoken to with. */
function spoken(port: number, maxVersion: tls.SecureVersion): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, minVersion: "TLSv1", maxVersion, ciphers: WEAK } as const;
    const socket = tls.connect({ ...options, rejectUnauthorized: false }, () => {
      resolve(socket.getProtocol() ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

async function spokenBy(options: tls.TlsOptions): Promise<string> {
  const server = tls.createServer(options);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await spoken((server.address() as AddressInfo).port, "TLSv1.1");
  } finally {
    server.close();
  }
}

it("a server without our setting would take TLS 1.1 here", async () => {
  expect(await spokenBy(files)).toBe("TLSv1.1");
});

// I14
it("a server with it takes none that is older than TLS 1.2", async () => {
  await expect(spokenBy(secureContextOf(files))).rejects.toThrow(/version/i);
});

// I14
it("both ports of a supervisor take TLS 1.2 and 1.3, and nothing older", async () => {
  const paths = { cert_path: join(folder, "cert.pem"), key_path: join(folder, "key.pem") };
  await using stage = await startStage({}, { security: { tls: { enabled: true, ...paths } } });
  for (const port of [stage.supervisor.port, stage.supervisor.httpPort ?? 0]) {
    for (const old of ["TLSv1", "TLSv1.1"] as const) await expect(spoken(port, old)).rejects.toThrow(/version/i);
    expect([await spoken(port, "TLSv1.2"), await spoken(port, "TLSv1.3")]).toEqual(["TLSv1.2", "TLSv1.3"]);
  }
});
