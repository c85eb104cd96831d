import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { isRecord } from "../slack/checks.ts";
import { shownChannel } from "./channel-routes.ts";
import { shownBot, shownGuild } from "./other-routes.ts";
import type { DiscordRecord } from "./record.ts";
import { APPLICATION, type DiscordServer } from "./server.ts";

/** What the app wants to hear of. */
export const INTENTS = { guilds: 1, messages: 1 << 9, content: 1 << 15 } as const;
const PRIVILEGED = (1 << 1) | (1 << 8) | INTENTS.content;

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly sent: { readonly s: number; readonly t: string; readonly d: unknown }[];
  ws: WebSocket | undefined;
}

export interface GatewayParts {
  readonly server: DiscordServer;
  readonly record: DiscordRecord;
  readonly botToken: () => string;
  readonly address: () => string;
}

/** The gateway: sessions of the app, which outlive their connections. */
export class DiscordGateway {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #parts: GatewayParts;
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<WebSocket>();
  #awaited: (() => void)[] = [];
  /** how often the app is to say that it is there */
  heartbeatMs = 41_250;
  /** heartbeats are not answered */
  isDeaf = false;
  /** with which code each IDENTIFY is refused, such as 4014 */
  refusal: number | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** Sessions with a connection. */
  get connections(): number {
    return [...this.#sessions.values()].filter(({ ws }) => ws !== undefined).length;
  }

  /** Done when the app is connected and greeted. */
  async connected(): Promise<void> {
    if (this.connections === 0) await new Promise<void>((resolve) => void this.#awaited.push(resolve));
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#sockets.add(ws);
      ws.on("message", (data: Buffer) => this.#hear(ws, data.toString()));
      ws.on("error", () => ws.terminate());
      ws.on("close", (code: number) => {
        this.#sockets.delete(ws);
        for (const session of this.#sessions.values()) if (session.ws === ws) session.ws = undefined;
        this.#note("closed", { code });
      });
      send(ws, { op: 10, d: { heartbeat_interval: this.heartbeatMs } });
    });
  }

  /** Tells each session that wants to hear it; one without a connection hears it when it is resumed. */
  dispatch(t: string, d: Readonly<Record<string, unknown>>, intent = 0): number {
    let told = 0;
    for (const session of this.#sessions.values()) {
      if (intent !== 0 && (session.intents & intent) === 0) continue;
      const hidden = intent === INTENTS.messages && (session.intents & INTENTS.content) === 0 && !isCalled(d);
      this.#tell(session, t, hidden ? { ...d, content: "", attachments: [] } : d);
      if (session.ws !== undefined) told += 1;
    }
    return told;
  }

  /** Asks the app to connect anew. */
  reconnect(): void {
    for (const ws of this.#sockets) send(ws, { op: 7, d: null });
  }

  /** Says that the session counts no more; the app begins another one, or resumes where that may be. */
  invalidate(mayResume = false): void {
    if (!mayResume) for (const session of this.#sessions.values()) session.sent.length = 0;
    for (const ws of this.#sockets) send(ws, { op: 9, d: mayResume });
    if (!mayResume) this.#sessions.clear();
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const ws of this.#sockets) ws.terminate();
    for (const session of this.#sessions.values()) session.ws = undefined;
  }

  /** Ends all connections with a code. */
  end(code: number): void {
    for (const ws of this.#sockets) ws.close(code);
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #hear(ws: WebSocket, text: string): void {
    const value = JSON.parse(text) as unknown;
    if (!isRecord(value)) return ws.close(4002);
    const d = isRecord(value["d"]) ? value["d"] : {};
    switch (value["op"]) {
      case 1:
        if (!this.isDeaf) send(ws, { op: 11 });
        return;
      case 2:
        return this.#identify(ws, d);
      case 6:
        return this.#resume(ws, d);
      case 3:
        return;
      default:
        return ws.close(4001);
    }
  }

  #identify(ws: WebSocket, d: Readonly<Record<string, unknown>>): void {
    const { server, botToken, address } = this.#parts;
    const intents = Number(d["intents"]);
    const isRefused = (intents & PRIVILEGED) !== 0 && !server.mayReadContent;
    const code =
      this.refusal ?? (d["token"] !== botToken() || !server.isTokenValid ? 4004 : isRefused ? 4014 : undefined);
    if (code !== undefined) {
      this.#note("refused", { intents }, String(code));
      return ws.close(code);
    }
    const session: Session = { id: server.id(), intents, sent: [], ws };
    this.#sessions.set(session.id, session);
    this.#note("identified", { intents });
    const guild = shownGuild(server);
    this.#tell(session, "READY", {
      v: 10,
      user: shownBot(),
      guilds: server.isJoined ? [{ id: guild["id"], unavailable: true }] : [],
      session_id: session.id,
      resume_gateway_url: address(),
      application: { id: APPLICATION, flags: 0 },
    });
    if (server.isJoined && (intents & INTENTS.guilds) !== 0) this.#tell(session, "GUILD_CREATE", this.#guild(guild));
    for (const resolve of this.#awaited.splice(0)) resolve();
  }

  #resume(ws: WebSocket, d: Readonly<Record<string, unknown>>): void {
    const session = this.#sessions.get(String(d["session_id"]));
    if (session === undefined || d["token"] !== this.#parts.botToken()) return send(ws, { op: 9, d: false });
    session.ws = ws;
    const from = Number(d["seq"]);
    this.#note("resumed", { from });
    for (const { s, t, d: told } of session.sent.filter((one) => one.s > from)) send(ws, { op: 0, s, t, d: told });
    this.#tell(session, "RESUMED", {});
    for (const resolve of this.#awaited.splice(0)) resolve();
  }

  #guild(guild: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const channels = [...this.#parts.server.channels.values()];
    const of = (isThread: boolean) =>
      channels.filter(({ parent }) => (parent !== undefined) === isThread).map(shownChannel);
    const none = { members: [], presences: [], voice_states: [], stage_instances: [], guild_scheduled_events: [] };
    return { ...guild, ...none, soundboard_sounds: [], channels: of(false), threads: of(true), member_count: 2 };
  }

  #tell(session: Session, t: string, d: unknown): void {
    const s = (session.sent.at(-1)?.s ?? 0) + 1;
    session.sent.push({ s, t, d });
    if (session.ws !== undefined) send(session.ws, { op: 0, s, t, d });
  }

  #note(name: string, facts: Readonly<Record<string, unknown>>, error?: string): void {
    this.#parts.record.add({ kind: "gateway", name, facts, ...(error === undefined ? {} : { error }) });
  }
}

/** The app reads what calls it, whatever else it may read. */
function isCalled(d: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(d["mentions"]) && d["mentions"].some((one: unknown) => isRecord(one) && one["bot"] === true);
}

function send(ws: WebSocket, payload: unknown): void {
  ws.send(JSON.stringify(payload));
}
