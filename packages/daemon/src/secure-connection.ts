import type { ClientRequestArgs, IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import type { Trust } from "./trust.ts";

type CreateConnection = NonNullable<ClientRequestArgs["createConnection"]>;

/** A server that showed something else than what its client knows it by: one line that says what to do. */
export class DistrustError extends Error {
  override readonly name = "DistrustError";
}

/**
 * For `createConnection` of requests and WebSockets: a TLS connection to `url` that is handed over when the server has
 * proven to be the one that is meant, so that no token is sent to any other.
 */
export function secureConnection(url: string, trust: Trust, timeoutMs: number): CreateConnection {
  const { hostname, port } = new URL(url.replace(/^wss:/i, "https:"));
  const host = hostname.replaceAll(/^\[|\]$/g, "");
  return (_options, handOver) => {
    const ca = trust.authorities();
    const socket = connect({
      host,
      port: port === "" ? 443 : Number(port),
      minVersion: "TLSv1.2",
      // judged below, where the certificate is at hand for the message
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    const finish = (error: Error | undefined): void => {
      clearTimeout(limit);
      socket.off("error", onError);
      socket.off("close", onClose);
      if (error !== undefined) {
        socket.on("error", () => undefined);
        socket.destroy();
      }
      // the type wants a socket even where there is none
      handOver(error ?? null, socket);
    };
    const onError = (error: Error): void => finish(explained(error));
    const onClose = (): void => finish(new Error("the connection was cut before it was encrypted"));
    const limit = setTimeout(() => finish(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.once("secureConnect", () => {
      const problem = distrust(socket, host, trust);
      finish(problem === undefined ? undefined : new DistrustError(problem));
    });
    return undefined;
  };
}

/** Whether a plain request was answered by a port that speaks TLS and nothing else. */
export function wantsTls({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 426 && headers.upgrade?.startsWith("TLS/") === true;
}

/** What speaks against the server, if anything does. */
function distrust(socket: TLSSocket, host: string, trust: Trust): string | undefined {
  if (trust.isInsecure) return undefined;
  const certificate = socket.getPeerCertificate();
  const { fingerprint256: shown, raw } = certificate;
  if (raw === undefined) return "it shows no certificate";
  const { names, fingerprints } = trust;
  if (fingerprints.length > 0) {
    if (!fingerprints.includes(shown.replaceAll(":", "").toLowerCase()))
      return `its certificate is another one than ${names.fingerprint} says; if it was renewed, write ${shown} there`;
    if (trust.authorities() === undefined) return undefined;
  }
  if (socket.authorized) return undefined;
  const why = reasonOf(String(socket.authorizationError), certificate, host);
  return `${why}; give its authority with ${names.ca}, or, if it is the right one, its fingerprint with ${names.fingerprint} ${shown}`;
}

function reasonOf(code: string, certificate: PeerCertificate, host: string): string {
  switch (code) {
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return "its certificate is signed by nobody who is trusted here";
    case "CERT_HAS_EXPIRED":
      return `its certificate has expired (${certificate.valid_to})`;
    case "CERT_NOT_YET_VALID":
      return `its certificate is not valid before ${certificate.valid_from}; compare the clocks`;
    default:
      break;
  }
  const mismatch = checkServerIdentity(host, certificate);
  if (mismatch === undefined) return `its certificate is refused (${code})`;
  const names = certificate.subjectaltname?.replaceAll("IP Address:", "").replaceAll("DNS:", "");
  return `its certificate is not made for ${host} but for ${names ?? "no host (it has no subjectAltName)"}`;
}

function explained(error: Error): Error {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (/^ERR_SSL_|^EPROTO$/.test(code))
    return new Error("that port does not speak TLS; is the address ws:// or http:// there?", { cause: error });
  return error;
}
