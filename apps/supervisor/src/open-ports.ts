import type { Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Closers } from "@hal/daemon";
import { createApp } from "./api/app.ts";
import type { SupervisorConfig } from "./config.ts";
import type { Context } from "./context.ts";
import { authenticator, LATE_MS, slowRefusal } from "./gate/authenticate.ts";
import { type GateOptions, guardUpgrades, guardWebSockets, type Rooms } from "./gate/gate.ts";
import { closeServer, createServer, listen, stopListening } from "./gate/listen.ts";
import { Strangers } from "./gate/strangers.ts";
import type { TlsMaterial } from "./gate/tls-material.ts";

/** What the ports need beside the context. */
export interface PortOptions {
  readonly config: SupervisorConfig;
  readonly used: () => SupervisorConfig;
  readonly tls: TlsMaterial | undefined;
  readonly rooms: Rooms;
  /** how long whoever tries wrong tokens waits for each answer */
  readonly lateMs: number | undefined;
  /** where to listen instead of the configured ports; 0 takes any free one */
  readonly ports: { readonly webSocket: number; readonly http: number } | undefined;
  readonly closers: Closers;
}

/** Where the supervisor listens; `httpPort` is undefined where HTTP is disabled. */
export interface OpenPorts {
  readonly port: number;
  readonly httpPort: number | undefined;
  readonly servers: readonly Server[];
}

/** Opens both ports, each behind its gate. */
export async function openPorts(context: Context, options: PortOptions): Promise<OpenPorts> {
  const { clock, log, limits } = context;
  const { config, ports, closers } = options;
  const gate = gateOf(context, options);
  const strangersOf = (server: Server, port: string): Strangers => new Strangers(server, { clock, log, limits, port });
  const { host } = config.server;

  const webSocketServer = createServer(options.tls, limits);
  guardWebSockets(webSocketServer, { ...gate, strangers: strangersOf(webSocketServer, "server.port") });
  const webSocketPort = ports?.webSocket ?? config.server.port;
  const port = await listen(webSocketServer, { port: webSocketPort, host, key: "server.port" });
  closers.add("WebSocket port", () => stopListening(webSocketServer));
  if (config.server.http_port === 0) return { port, httpPort: undefined, servers: [webSocketServer] };

  const httpServer = createServer(options.tls, limits);
  guardUpgrades(httpServer, { ...gate, strangers: strangersOf(httpServer, "server.http_port") });
  const answer = getRequestListener(createApp(context, gate).fetch);
  httpServer.on("request", (request, response) => void answer(request, response));
  const wanted = ports?.http ?? config.server.http_port;
  const httpPort = await listen(httpServer, { port: wanted, host, key: "server.http_port" });
  closers.add("HTTP port", () => closeServer(httpServer));
  return { port, httpPort, servers: [webSocketServer, httpServer] };
}

function gateOf(context: Context, { used, rooms, lateMs }: PortOptions): Omit<GateOptions, "strangers"> {
  const { audit, clock, limits, log, refusedAgents, stopping, tokens } = context;
  return {
    authenticate: authenticator(tokens, { audit, log, now: () => clock.monotonic() }),
    refuseSlowly: slowRefusal(clock, limits, lateMs ?? LATE_MS, stopping),
    clock,
    originAllowlist: () => used().security.origin_allowlist,
    limits,
    audit,
    log,
    onAgentRefused: (refusal) => refusedAgents.add(refusal, clock.now()),
    rooms,
  };
}
