import { createServer as createPlain, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { StartupError } from "@hal/daemon";
import type { Limits } from "../limits.ts";
import { explainPlainHttp } from "./plain-http.ts";
import { answerBadRequests } from "./raw-answer.ts";
import { secureContextOf, type TlsMaterial } from "./tls-material.ts";

/** Connections that wait to be accepted; the system may allow fewer. */
const BACKLOG = 4_096;

/** An HTTP server with the limits of protocol §8. */
export function createServer(tls: TlsMaterial | undefined, limits: Limits): Server {
  const options = {
    maxHeaderSize: limits.httpHeaderBytes,
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    // how often the two above are looked at
    connectionsCheckingInterval: 1_000,
  };
  const server = tls === undefined ? createPlain(options) : secureServer(tls, options, limits);
  server.timeout = limits.idleMs;
  // the same between two requests: a client that uses its connection again must not meet the end of it
  server.keepAliveTimeout = limits.idleMs;
  answerBadRequests(server, limits);
  return server;
}

function secureServer(tls: TlsMaterial, options: object, limits: Limits): Server {
  const server = createSecure({ ...options, ...secureContextOf(tls), handshakeTimeout: limits.requestMs });
  explainPlainHttp(server, options, limits);
  return server;
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
    server.listen(
      { port: where.port, backlog: BACKLOG, ...(where.host === undefined ? {} : { host: where.host }) },
      () => resolve((server.address() as AddressInfo).port),
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
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `server.host ${host ?? ""} has no address; write one of this machine, or nothing for all of them`;
    default:
      return `cannot listen on port ${port} (${key}): ${error.message}`;
  }
}

/** Stops listening; upgraded sockets are closed by hub and control channel, and the port must not wait for them. */
export function stopListening(server: Server): void {
  server.close();
  server.closeIdleConnections();
}

/** Stops listening; requests under way may end, idle connections are closed, and upgraded ones are somebody else's. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => {
      server.closeAllConnections();
      resolve();
    }, 1_000).unref();
  });
}
