import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { Socket } from "node:net";
import { peerAddress } from "@hal/daemon";
import type { Limits } from "../limits.ts";
import { answerBadRequests, SECURITY_HEADERS } from "./raw-answer.ts";

/** The first byte of a TLS handshake, which begins no request of HTTP. */
const HANDSHAKE = 0x16;

/** What a machine may ask itself without TLS: whether the supervisor lives, and nothing of anybody. */
const OWN_CHECKS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Tells whoever speaks plain HTTP to a port of TLS what to write, where the connection would be cut without a word. Nothing else is
 * answered in plain text, but to this machine the checks of health, which the server itself answers.
 */
export function explainPlainHttp(server: SecureServer, options: object, limits: Limits): void {
  const handshakes = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  const plain = createPlain(options, (request, response) => {
    if (isOwnCheck(request)) server.emit("request", request, response);
    else explain(response);
  });
  plain.timeout = limits.requestMs;
  plain.on("upgrade", (_request: IncomingMessage, socket: Socket) => {
    socket.end(`HTTP/1.1 426 Upgrade Required\r\n${headerLines()}content-length: ${BODY.length}\r\n\r\n${BODY}`);
  });
  answerBadRequests(plain, limits);
  server.on("connection", (socket: Socket) => {
    const limit = setTimeout(() => socket.destroy(), limits.requestMs);
    const onError = (): void => void socket.destroy();
    socket.on("error", onError);
    socket.once("close", () => clearTimeout(limit));
    socket.once("readable", () => {
      clearTimeout(limit);
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.off("error", onError);
      socket.unshift(first);
      if (first[0] !== HANDSHAKE) plain.emit("connection", socket);
      else for (const handshake of handshakes) handshake.call(server, socket);
    });
  });
}

function isOwnCheck({ method, url = "", socket }: IncomingMessage): boolean {
  const from = peerAddress(socket) ?? "";
  const isHere = from === "::1" || from.startsWith("127.");
  return isHere && (method === "GET" || method === "HEAD") && OWN_CHECKS.has(url);
}

const BODY = `${JSON.stringify({
  error: "this port speaks TLS: write https:// or wss://; what was sent was not encrypted",
  code: "UPGRADE_REQUIRED",
})}\n`;

// RFC 9110 §7.8: what the port would speak
const HEADERS = {
  ...SECURITY_HEADERS,
  "content-type": "application/json",
  upgrade: "TLS/1.2, HTTP/1.1",
  connection: "close",
};

function explain(response: ServerResponse): void {
  response.writeHead(426, HEADERS);
  response.end(BODY);
}

function headerLines(): string {
  return Object.entries(HEADERS)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
