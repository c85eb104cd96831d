import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Limits } from "../limits.ts";

/** What every answer carries: nothing of it is for another page, to be kept, or to be guessed at. No CORS header is among them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const REASONS = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
} as const;

/** An answer to somebody for whom no response object was made. */
export interface RawAnswer {
  readonly status: keyof typeof REASONS;
  readonly code: string;
  readonly text: string;
}

/** How long the other side may take to read an answer and close; cut at once, it would lose it while it still writes. */
const LINGER_MS = 500;

/** Writes an answer in the envelope and closes, whether or not the other side does. */
export function answerRaw(socket: Duplex, { status, code, text }: RawAnswer): void {
  const body = JSON.stringify({ error: text, code });
  const headers = {
    ...SECURITY_HEADERS,
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const limit = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(limit));
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join("")}\r\n${body}`);
}

/** Answers what is no request, or does not become one in time, in the envelope. */
export function answerBadRequests(server: Server, limits: Limits): void {
  const responses = new WeakMap<Duplex, ServerResponse>();
  const answered = new WeakSet<Duplex>();
  server.on("request", (request, response) => responses.set(request.socket, response));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (answered.has(socket)) return;
    answered.add(socket);
    const response = responses.get(socket);
    const isAnswered = response !== undefined && !response.writableFinished && response.headersSent;
    const answer = answerTo(error.code ?? "", limits);
    if (answer === undefined || isAnswered || !socket.writable) socket.destroy();
    else answerRaw(socket, answer);
  });
}

/** Undefined where nobody could read it. */
function answerTo(code: string, limits: Limits): RawAnswer | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return { status: 408, code: "TIMEOUT", text: `the request did not arrive within ${limits.requestMs / 1000} s` };
  if (code === "HPE_HEADER_OVERFLOW")
    return { status: 431, code: "PAYLOAD_TOO_LARGE", text: `the headers are above ${limits.httpHeaderBytes} bytes` };
  return code.startsWith("HPE_") ? { status: 400, code: "BAD_REQUEST", text: "this is no HTTP request" } : undefined;
}
