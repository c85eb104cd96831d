import {
  AGENT_SUBPROTOCOL,
  type CommandFrame,
  decodeFrame,
  encodeFrame,
  type Hello,
  LIMITS,
  SUPERVISOR_FRAME_TYPES,
  SupervisorFrame,
  type Welcome,
} from "@hal/protocol";
import { WebSocket } from "ws";
import type { LinkEnd } from "../domain/retry.ts";

export interface ConnectionOptions {
  readonly url: string;
  readonly token: string;
  readonly ca: Buffer | undefined;
  readonly hello: () => Promise<Hello>;
  /** time to send a heartbeat */
  readonly onBeat: () => void;
  /** frames that come meanwhile wait; what it resolves with, if anything, is why the link is ended */
  readonly onWelcome: (welcome: Welcome, send: (text: string) => void) => Promise<LinkEnd | undefined>;
  readonly onAck: (epoch: string, seq: number) => void;
  readonly onCommand: (frame: CommandFrame) => void;
  readonly onCancel: (id: string) => void;
}

const CONNECT_MS = 15_000;

/** One connection to the supervisor, from dialling to its end, which it resolves with. */
export async function connectOnce(options: ConnectionOptions, signal: AbortSignal): Promise<LinkEnd> {
  const socket = new WebSocket(options.url, [AGENT_SUBPROTOCOL], {
    headers: { authorization: `Bearer ${options.token}` },
    handshakeTimeout: CONNECT_MS,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  const link = new Connection(socket, options);
  const onAbort = (): void => link.leave();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await link.ended;
  } finally {
    signal.removeEventListener("abort", onAbort);
    link.release();
  }
}

class Connection {
  readonly ended: Promise<LinkEnd>;
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  #end: (end: LinkEnd) => void = () => undefined;
  #silence: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;
  #timeoutMs: number = CONNECT_MS;
  #welcoming: Promise<void> | undefined;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.on("open", () => {
      this.#greet().catch((error: unknown) => this.#fail(error));
    });
    socket.on("message", (data) => {
      this.#heard();
      this.#receive((data as Buffer).toString("utf8"));
    });
    socket.on("ping", () => this.#heard());
    socket.on("unexpected-response", (request, response) => {
      this.#end({ kind: "refused", status: response.statusCode ?? 0 });
      request.destroy();
      socket.terminate();
    });
    socket.on("error", (error) => this.#end({ kind: "unreachable", problem: problemOf(error) }));
    socket.on("close", (code, reason) => this.#end({ kind: "closed", code, reason: reason.toString("utf8") }));
  }

  /** An orderly farewell: the node is offline at once. */
  leave(): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(encodeFrame({ type: "bye", reason: "stopped" }));
      this.#socket.close(1000, "the agent is stopping");
      setTimeout(() => this.#socket.terminate(), 1_000).unref();
    } else {
      this.#socket.terminate();
    }
  }

  /** Ends timers and socket, whatever state they are in. */
  release(): void {
    clearTimeout(this.#silence);
    clearInterval(this.#beat);
    if (this.#socket.readyState !== WebSocket.CLOSED) this.#socket.terminate();
  }

  async #greet(): Promise<void> {
    this.#heard();
    this.#send(encodeFrame(await this.#options.hello()));
  }

  /** Ends the link because this side cannot go on; what was not told is told on the next one. */
  #fail(error: unknown): void {
    this.#end({ kind: "failed", problem: (error as Error).message });
    this.#socket.terminate();
  }

  #receive(text: string): void {
    const decoded = decodeFrame(SupervisorFrame, SUPERVISOR_FRAME_TYPES, text);
    if (!decoded.ok) {
      // protocol §1.4: an unknown type comes from a newer supervisor
      if (decoded.kind !== "unknown") this.#socket.close(4000, decoded.problem.slice(0, 120));
      return;
    }
    const { frame } = decoded;
    if (frame.type === "welcome")
      this.#welcoming = this.#welcomed(frame)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#welcoming = undefined;
        });
    // commands come in the same breath as the welcome, which may turn out to be the end
    else if (this.#welcoming === undefined) this.#handle(frame);
    else void this.#welcoming.then(() => this.#handle(frame));
  }

  #handle(frame: Exclude<SupervisorFrame, Welcome>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    switch (frame.type) {
      case "ack":
        this.#options.onAck(frame.epoch, frame.seq);
        break;
      case "command":
        this.#options.onCommand(frame);
        break;
      case "cancel":
        this.#options.onCancel(frame.id);
        break;
      case "tick":
        break;
      default:
        frame satisfies never;
    }
  }

  async #welcomed(welcome: Welcome): Promise<void> {
    this.#timeoutMs = welcome.heartbeatTimeoutMs;
    this.#heard();
    this.#beat = setInterval(this.#options.onBeat, welcome.heartbeatIntervalMs);
    const end = await this.#options.onWelcome(welcome, (text) => this.#send(text));
    if (end === undefined) {
      this.#options.onBeat();
    } else {
      this.#end(end);
      this.#socket.terminate();
    }
  }

  #send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#end({ kind: "silent", ms: this.#timeoutMs });
      this.#socket.terminate();
    }, this.#timeoutMs);
  }
}

function problemOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof AggregateError) return problemOf((error.errors as Error[])[0] ?? new Error(code ?? "unknown"));
  return error.message === "" ? (code ?? "unknown") : error.message;
}
