import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { AGENT_SUBPROTOCOL, CONTROL_SUBPROTOCOL, LIMITS } from "@hal/protocol";
import { type Clock, type Logger, peerAddress } from "@hal/daemon";
import { type WebSocket, WebSocketServer } from "ws";
import { originAllowed, shownOrigin } from "./domain/origin.ts";
import type { AgentRefusal } from "../capabilities/nodes/domain/refused-agents.ts";
import type { Audit } from "../capabilities/audit/audit.ts";
import type { Actor } from "../operations/handler.ts";
import { type Authenticate, REFUSALS, type RefuseSlowly } from "./authenticate.ts";
import type { Limits } from "../limits.ts";
import { answerRaw, type RawAnswer, SECURITY_HEADERS } from "./raw-answer.ts";
import { throttle } from "./throttle.ts";
import type { Strangers } from "./strangers.ts";

/** Where an authenticated socket goes. */
export interface Rooms {
  agent(socket: WebSocket, actor: Actor): void;
  control(socket: WebSocket, below: Duplex, actor: Actor): void;
  agents(): number;
  controls(): number;
}

export interface GateOptions {
  readonly authenticate: Authenticate;
  readonly refuseSlowly: RefuseSlowly;
  readonly strangers: Strangers;
  readonly clock: Clock;
  readonly originAllowlist: () => readonly string[];
  readonly limits: Limits;
  readonly rooms: Rooms;
  readonly onAgentRefused: (refusal: AgentRefusal) => void;
  readonly audit: Audit;
  readonly log: Logger;
}

const AGENT_PATHS = new Set(["/", "/ws", "/ws/agent"]);
const CONTROL_PATH = "/ws/control";

/** Guards the WebSocket port: what a plain request hears, and who may upgrade. Protocol §1.1–1.2. */
export function guardWebSockets(server: Server, options: GateOptions): void {
  server.on("request", explain);
  guardUpgrades(server, options);
}

/** Guards who may upgrade on a port. Protocol §1.1. */
export function guardUpgrades(server: Server, options: GateOptions): void {
  const upgrader = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => spokenOf([...offered]) ?? false,
  });
  const warnOfOrigin = throttle<{ readonly remote: string | undefined; readonly origin: string | undefined }>(
    () => options.clock.monotonic(),
    (latest, count) => options.log.warn({ ...latest, count }, "origin refused"),
  );
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", destroy);
    const judged = judge(request, { ...options, warnOfOrigin });
    if ("status" in judged) {
      const { status: code, text: reason } = judged;
      if (surfaceOf(request) === "agent")
        options.onAgentRefused({ address: request.socket.remoteAddress, nodeId: undefined, code, reason });
      if (judged.status !== 401) answerRaw(socket, judged);
      else void refuseToken(socket, judged, options.refuseSlowly(peerAddress(request.socket)));
    } else
      upgrader.handleUpgrade(request, socket, head, (webSocket) => {
        options.strangers.known(request.socket);
        if (judged.surface === "control") options.rooms.control(webSocket, socket, judged);
        else options.rooms.agent(webSocket, judged);
      });
  });
}

/** No closure, which would keep the whole request for as long as the connection lives. */
function destroy(this: Duplex): void {
  this.destroy();
}

/** Answers late, or not at all, whoever tries one token after another. */
async function refuseToken(socket: Duplex, refusal: RawAnswer, mayAnswer: Promise<boolean>): Promise<void> {
  if (await mayAnswer) answerRaw(socket, refusal);
  else socket.destroy();
}

interface JudgeOptions extends GateOptions {
  readonly warnOfOrigin: (refused: {
    readonly remote: string | undefined;
    readonly origin: string | undefined;
  }) => void;
}

/** Who may come in, or why not. */
function judge(request: IncomingMessage, options: JudgeOptions): Actor | RawAnswer {
  const { audit, rooms, limits } = options;
  const surface = surfaceOf(request);
  const entrance = { surface, ip: peerAddress(request.socket) } as const;
  if (!originAllowed(request.headers.origin, options.originAllowlist())) {
    options.warnOfOrigin({ remote: entrance.ip, origin: shownOrigin(request.headers.origin) });
    const reason = "this origin is not in security.origin_allowlist";
    audit.refused({ ...entrance, actor: "-", role: undefined, action: "connect", reason });
    return { status: 403, code: "FORBIDDEN", text: reason };
  }
  const path = pathOf(request);
  if (!AGENT_PATHS.has(path) && path !== CONTROL_PATH)
    return { status: 404, code: "NOT_FOUND", text: "connect agents to / or /ws/agent, operators to /ws/control" };
  const offered = offeredBy(request);
  if (offered !== undefined && spokenOf(offered) === undefined)
    return {
      status: 400,
      code: "BAD_REQUEST",
      text: `no sub-protocol that is spoken here; there are ${AGENT_SUBPROTOCOL} and ${CONTROL_SUBPROTOCOL}`,
    };
  const actor = options.authenticate(request.headers.authorization, entrance);
  if ("refused" in actor) return { status: 401, code: "AUTH_REQUIRED", text: REFUSALS[actor.refused] };
  const fits = surface === "agent" ? actor.mayLink : actor.role !== "agent";
  if (!fits) {
    const reason = `the role ${actor.role} may not open ${surface === "agent" ? "an agent link" : "a control channel"}`;
    audit.refused({ ...actor, action: "connect", reason });
    return { status: 403, code: "FORBIDDEN", text: reason };
  }
  const isFull =
    surface === "control" ? rooms.controls() >= limits.controlConnections : rooms.agents() >= limits.agentConnections;
  return isFull ? { status: 503, code: "UNAVAILABLE", text: "too many connections" } : actor;
}

/** The sub-protocols that are named, each by its whole name. */
function offeredBy(request: IncomingMessage): string[] | undefined {
  return request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
}

function spokenOf(offered: readonly string[]): string | undefined {
  return [AGENT_SUBPROTOCOL, CONTROL_SUBPROTOCOL].find((name) => offered.includes(name));
}

/** By which door somebody means to come; the same that the handshake then names. */
function surfaceOf(request: IncomingMessage): "agent" | "control" {
  const offered = offeredBy(request);
  const isControl =
    offered === undefined ? pathOf(request) === CONTROL_PATH : spokenOf(offered) === CONTROL_SUBPROTOCOL;
  return isControl ? "control" : "agent";
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/** A person with curl should learn at once what this port is. */
function explain(_request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify({
    error: "this is the WebSocket port of hal-supervisor, for agents and halctl; the HTTP API is on the other port",
    code: "UPGRADE_REQUIRED",
  });
  response.writeHead(426, {
    ...SECURITY_HEADERS,
    "content-type": "application/json",
    upgrade: "websocket",
    connection: "close",
  });
  response.end(`${body}\n`);
}
