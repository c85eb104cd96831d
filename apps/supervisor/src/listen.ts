import { createServer as createPlain, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { LIMITS } from "@hal/protocol";
import { StartupError } from "@hal/daemon";

/** Certificate and key in PEM, or undefined for plain text. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads what TLS needs; a switch that cannot be honoured stops the start and never falls back to plain text. */
export function readTls(tls: {
  readonly enabled: boolean;
  readonly cert_path?: string | undefined;
  readonly key_path?: string | undefined;
}): TlsMaterial | undefined {
  if (!tls.enabled) return undefined;
  return { cert: readPem("cert_path", tls.cert_path), key: readPem("key_path", tls.key_path) };
}

function readPem(key: "cert_path" | "key_path", path: string | undefined): Buffer {
  if (path === undefined)
    throw new StartupError(`security.tls.${key} is missing although security.tls.enabled is true`);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StartupError(`security.tls.${key}: cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
}

/** An HTTP server with the limits of protocol §8. */
export function createServer(tls: TlsMaterial | undefined): Server {
  const limits = {
    maxHeaderSize: LIMITS.httpHeaderBytes,
    headersTimeout: LIMITS.httpRequestMs,
    requestTimeout: LIMITS.httpRequestMs,
  };
  if (tls === undefined) return createPlain(limits);
  try {
    return createSecure({ ...limits, ...tls, minVersion: "TLSv1.2" });
  } catch (error) {
    throw new StartupError(`security.tls: certificate and key do not work: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Listens, on all interfaces where no host is given, and returns the port; a taken one is named. */
export function listen(
  server: Server,
  where: { readonly port: number; readonly host?: string | undefined; readonly key: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartupError(problem(error, where), { cause: error })),
    );
    server.listen({ port: where.port, ...(where.host === undefined ? {} : { host: where.host }) }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function problem(
  error: NodeJS.ErrnoException,
  { port, host, key }: { port: number; host?: string | undefined; key: string },
): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `port ${port} (${key}) is taken by another program; stop that one or choose another port`;
    case "EACCES":
      return `port ${port} (${key}) needs more rights; choose one above 1023 or run with sudo`;
    case "EADDRNOTAVAIL":
      return `server.host ${host ?? ""} is not an address of this machine`;
    default:
      return `cannot listen on port ${port} (${key}): ${error.message}`;
  }
}

/** Stops listening; requests under way may end, idle connections are closed. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}
