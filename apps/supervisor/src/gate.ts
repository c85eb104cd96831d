import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { AGENT_SUBPROTOCOL, CONTROL_SUBPROTOCOL, LIMITS } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import { type WebSocket, WebSocketServer } from "ws";
import { originAllowed } from "./domain/origin.ts";
import type { Actor } from "./flows/dispatch.ts";
import type { Authenticate } from "./authenticate.ts";

/** Where an authenticated socket goes. */
export interface Rooms {
  agent(socket: WebSocket, remote: string): void;
  control(socket: WebSocket, actor: Actor): void;
  agents(): number;
  controls(): number;
}

export interface GateOptions {
  readonly authenticate: Authenticate;
  readonly originAllowlist: readonly string[];
  readonly rooms: Rooms;
  readonly log: Logger;
}

const AGENT_PATHS = new Set(["/", "/ws", "/ws/agent"]);
const CONTROL_PATH = "/ws/control";

/** Guards the WebSocket port: what a plain request hears, and who may upgrade. Protocol §1.1–1.2. */
export function guardWebSockets(server: Server, options: GateOptions): void {
  const upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      offered.has(AGENT_SUBPROTOCOL)
        ? AGENT_SUBPROTOCOL
        : offered.has(CONTROL_SUBPROTOCOL)
          ? CONTROL_SUBPROTOCOL
          : false,
  });
  server.on("request", explain);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", destroy);
    const refusal = judge(request, options);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (webSocket) => enter(webSocket, request, options));
  });
}

/** No closure, which would keep the whole request for as long as the connection lives. */
function destroy(this: Duplex): void {
  this.destroy();
}

interface Refusal {
  readonly status: 401 | 403 | 404 | 503;
  readonly text: string;
}

function judge(request: IncomingMessage, options: GateOptions): Refusal | undefined {
  const remote = request.socket.remoteAddress ?? "?";
  if (!originAllowed(request.headers.origin, options.originAllowlist)) {
    options.log.warn({ remote, origin: request.headers.origin }, "origin refused");
    return { status: 403, text: "this origin is not in security.origin_allowlist" };
  }
  const path = pathOf(request);
  if (!AGENT_PATHS.has(path) && path !== CONTROL_PATH)
    return { status: 404, text: "connect agents to / or /ws/agent, operators to /ws/control" };
  if (options.authenticate(request.headers.authorization, remote) === undefined)
    return { status: 401, text: "the token is missing or wrong" };
  const { rooms } = options;
  const full = wantsControl(request)
    ? rooms.controls() >= LIMITS.controlConnections
    : rooms.agents() >= LIMITS.agentConnections;
  return full ? { status: 503, text: "too many connections" } : undefined;
}

function enter(webSocket: WebSocket, request: IncomingMessage, options: GateOptions): void {
  const remote = request.socket.remoteAddress ?? "?";
  const actor = options.authenticate(request.headers.authorization, remote);
  if (actor === undefined) webSocket.terminate();
  else if (wantsControl(request)) options.rooms.control(webSocket, actor);
  else options.rooms.agent(webSocket, remote);
}

function wantsControl(request: IncomingMessage): boolean {
  const offered = request.headers["sec-websocket-protocol"];
  return offered === undefined ? pathOf(request) === CONTROL_PATH : offered.includes(CONTROL_SUBPROTOCOL);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

const REASONS = { 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable" } as const;

function refuse(socket: Duplex, { status, text }: Refusal): void {
  const body = JSON.stringify({ error: text, code: status === 401 ? "AUTH_REQUIRED" : "FORBIDDEN" });
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** A person with curl should learn at once what this port is. */
function explain(_request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({
    error: "this is the WebSocket port of hal-supervisor, for agents and halctl; the HTTP API is on the other port",
    code: "UPGRADE_REQUIRED",
  });
  response.writeHead(426, { "content-type": "application/json", upgrade: "websocket", connection: "close" });
  response.end(`${body}\n`);
}
