import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { isRecord } from "./checks.ts";
import type { SlackDoor, SlackOutcome, SlackPayload } from "./delivery.ts";
import type { SlackRecord } from "./record.ts";
import { APP } from "./workspace.ts";

interface Waiting {
  readonly from: number;
  readonly at: number;
  readonly settle: (outcome: SlackOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** Tells the app over the connections that it opened itself: each payload over one of them, and an envelope at a time. */
export class SocketDoor implements SlackDoor {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #record: SlackRecord;
  readonly #now: () => number;
  readonly #patienceMs: number;
  readonly #open = new Set<WebSocket>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #tickets = new Set<string>();
  #awaited: (() => void)[] = [];
  #named = 0;

  constructor(record: SlackRecord, now: () => number, patienceMs: number) {
    this.#record = record;
    this.#now = now;
    this.#patienceMs = patienceMs;
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Done when the app has a connection. */
  async connected(): Promise<void> {
    if (this.#open.size === 0) await new Promise<void>((resolve) => void this.#awaited.push(resolve));
  }

  /** A ticket for one connection. */
  ticket(): string {
    this.#named += 1;
    const ticket = `ticket-${this.#named}`;
    this.#tickets.add(ticket);
    return ticket;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? "/", "http://localhost").searchParams.get("ticket") ?? "";
    if (!this.#tickets.delete(ticket)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws));
  }

  #welcome(ws: WebSocket): void {
    ws.on("message", (data: Buffer) => this.#hear(data.toString()));
    ws.on("error", () => ws.terminate());
    ws.on("close", () => {
      this.#open.delete(ws);
      this.#record.add({ kind: "socket", name: "closed", facts: {} });
    });
    this.#open.add(ws);
    ws.send(JSON.stringify({ type: "hello", num_connections: this.#open.size, connection_info: { app_id: APP } }));
    this.#record.add({ kind: "socket", name: "opened", facts: {} });
    for (const resolve of this.#awaited.splice(0)) resolve();
  }

  deliver({ type, body, retry = 0 }: SlackPayload): Promise<SlackOutcome> {
    const ws = [...this.#open].at(-1);
    if (ws === undefined) return Promise.resolve({ outcome: "dispatch_failed", answer: undefined, tookMs: 0 });
    this.#named += 1;
    const envelope = `envelope-${this.#named}`;
    return new Promise((settle) => {
      const timer = setTimeout(() => this.#settle(envelope, "operation_timeout", undefined), this.#patienceMs);
      this.#waiting.set(envelope, { from: performance.now(), at: this.#now(), settle, timer });
      ws.send(
        JSON.stringify({
          envelope_id: envelope,
          type,
          payload: body,
          accepts_response_payload: type !== "events_api",
          ...(retry === 0 ? {} : { retry_attempt: retry, retry_reason: "timeout" }),
        }),
      );
    });
  }

  /** Waits no longer for what is not acknowledged yet. */
  giveUp(): void {
    for (const envelope of this.#waiting.keys()) this.#settle(envelope, "operation_timeout", undefined);
  }

  /** Asks the app to connect anew, as Slack does about every hour. */
  refresh(reason = "refresh_requested"): void {
    for (const ws of this.#open)
      ws.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "double" } }));
  }

  /** Cuts all connections without a word. */
  cut(): void {
    for (const ws of this.#open) ws.terminate();
    this.#open.clear();
  }

  close(): void {
    this.giveUp();
    this.cut();
    this.#server.close();
  }

  #hear(text: string): void {
    const value = JSON.parse(text) as unknown;
    const envelope = isRecord(value) && typeof value["envelope_id"] === "string" ? value["envelope_id"] : "";
    const waiting = this.#waiting.get(envelope);
    if (waiting === undefined) {
      this.#record.add({ kind: "acknowledged", name: envelope, error: "nobody waits for it any more", facts: {} });
      return;
    }
    const isLate = this.#now() - waiting.at > this.#patienceMs;
    const answer =
      isRecord(value) && isRecord(value["payload"]) && Object.keys(value["payload"]).length > 0
        ? value["payload"]
        : undefined;
    this.#settle(envelope, isLate ? "operation_timeout" : "acknowledged", answer);
  }

  #settle(envelope: string, outcome: SlackOutcome["outcome"], answer: unknown): void {
    const waiting = this.#waiting.get(envelope);
    if (waiting === undefined) return;
    this.#waiting.delete(envelope);
    clearTimeout(waiting.timer);
    waiting.settle({ outcome, answer, tookMs: performance.now() - waiting.from });
  }
}
