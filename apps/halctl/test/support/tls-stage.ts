import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "@hal/testkit";
import { type ContractServer, startContractServer } from "./contract-server.ts";
import { node, STATUS } from "./views.ts";

/** A supervisor with TLS by a certificate that nobody knows, and a temporary folder with that in `ca.pem`. */
export interface TlsStage extends AsyncDisposable {
  readonly server: ContractServer;
  readonly folder: string;
  readonly caFile: string;
  readonly fingerprint: string;
}

/** Starts one that answers about nodes, its state and who asks. */
export async function startTlsStage(): Promise<TlsStage> {
  const folder = mkdtempSync(join(tmpdir(), "hal trust "));
  const certificate = await makeCertificate();
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, certificate.cert);
  const server = await startContractServer(
    {
      "nodes.list": () => [node({ status: "offline" })],
      "status.get": () => STATUS,
      "whoami.get": () => ({ actor: "ada", role: "viewer", expires_at: null }),
    },
    { certificate },
  );
  return {
    server,
    folder,
    caFile,
    fingerprint: new X509Certificate(certificate.cert).fingerprint256,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
