import type { ClientRequest, IncomingMessage } from "node:http";
import {
  AGENT_SUBPROTOCOL,
  type CommandFrame,
  decodeFrame,
  encodeFrame,
  type Hello,
  LIMITS,
  type Retell,
  SUPERVISOR_FRAME_TYPES,
  SupervisorFrame,
  type Update,
  type Welcome,
} from "@hal/protocol";
import { errorText, isEncrypted, readRefusal, secureConnection, wantsTls } from "@hal/daemon";
import type { Trust } from "@hal/daemon";
import { WebSocket } from "ws";
import type { LinkEnd } from "./domain/retry.ts";
import type { LiveWire } from "../capabilities/live/live-lane.ts";
import { endOf } from "./link-end.ts";

export interface ConnectionOptions {
  readonly url: string;
  readonly token: string;
  readonly trust: Trust;
  readonly hello: () => Promise<Hello>;
  /** time to send a heartbeat */
  readonly onBeat: () => void;
  /** frames that come meanwhile wait; what it resolves with, if anything, is why the link is ended */
  readonly onWelcome: (welcome: Welcome, wire: LiveWire) => Promise<LinkEnd | undefined>;
  /** false where it acknowledges what was never told */
  readonly onAck: (epoch: string, seq: number) => Promise<boolean>;
  readonly onCommand: (frame: CommandFrame) => void;
  readonly onCancel: (id: string) => void;
  readonly onUpdate: (update: Update) => void;
  readonly onRetell: (retell: Retell) => void;
  readonly onTick: (serverTime: number) => void;
  /** a frame of a type that this build does not know */
  readonly onIgnored: (problem: string) => void;
  readonly onWatch: (id: string, sessionId: string) => void;
  readonly onUnwatch: (id: string) => void;
}

const CONNECT_MS = 15_000;

/** How long the other side may take to answer a close. */
const CLOSE_MS = 1_000;

/** One connection to the supervisor, from dialling to its end, which it resolves with. */
export async function connectOnce(options: ConnectionOptions, signal: AbortSignal): Promise<LinkEnd> {
  const socket = new WebSocket(options.url, [AGENT_SUBPROTOCOL], {
    headers: { authorization: `Bearer ${options.token}` },
    handshakeTimeout: CONNECT_MS,
    maxPayload: LIMITS.frameBytes,
    perMessageDeflate: false,
    ...(isEncrypted(options.url) ? { createConnection: secureConnection(options.url, options.trust, CONNECT_MS) } : {}),
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
  #isWelcomed = false;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    socket.on("open", () => {
      this.#greet().catch((error: unknown) => this.#fail(error));
    });
    socket.on("message", (data, isBinary) => {
      this.#heard();
      if (isBinary) this.#refuse("binary frame");
      else this.#receive((data as Buffer).toString("utf8"));
    });
    socket.on("ping", () => this.#heard());
    socket.on("unexpected-response", (request, response) => {
      void this.#refused(request, response);
    });
    socket.on("error", (error) => this.#end(endOf(error, options.url)));
    socket.on("close", (code, reason) => this.#end({ kind: "closed", code, reason: reason.toString("utf8") }));
  }

  /** An orderly farewell: the node is offline at once. */
  leave(): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(encodeFrame({ type: "bye", reason: "stopped" }));
      this.#close(1000, "the agent is stopping");
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

  /** Whatever it says, and however late, is not waited for longer than a moment. */
  async #refused(request: ClientRequest, response: IncomingMessage): Promise<void> {
    const says = await readRefusal(response);
    if (wantsTls(response)) this.#end({ kind: "distrusted", problem: "it speaks TLS; write wss:// in supervisor_url" });
    else this.#end({ kind: "refused", status: response.statusCode ?? 0, says });
    request.destroy();
    this.#socket.terminate();
  }

  /** Ends the link because this side cannot go on; what was not told is told on the next one. */
  #fail(error: unknown): void {
    this.#end({ kind: "failed", problem: errorText(error) });
    this.#socket.terminate();
  }

  /** Ends the link because the other side breaks the protocol. */
  #refuse(problem: string): void {
    this.#close(4000, problem);
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, 120));
    // a half-open socket never answers the close
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  #receive(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const decoded = decodeFrame(SupervisorFrame, SUPERVISOR_FRAME_TYPES, text);
    if (!decoded.ok) {
      // protocol §1.4: an unknown type comes from a newer supervisor
      if (decoded.kind === "unknown") this.#options.onIgnored(decoded.problem);
      else this.#refuse(decoded.problem);
      return;
    }
    const { frame } = decoded;
    if ((frame.type === "welcome") === this.#isWelcomed) {
      this.#refuse(this.#isWelcomed ? "a second welcome" : "the first frame must be welcome");
      return;
    }
    this.#isWelcomed = true;
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
        this.#acknowledged(frame.epoch, frame.seq).catch((error: unknown) => this.#fail(error));
        break;
      case "command":
        this.#options.onCommand(frame);
        break;
      case "cancel":
        this.#options.onCancel(frame.id);
        break;
      case "watch":
        this.#options.onWatch(frame.id, frame.session);
        break;
      case "unwatch":
        this.#options.onUnwatch(frame.id);
        break;
      case "update":
        this.#options.onUpdate(frame);
        break;
      case "retell":
        this.#options.onRetell(frame);
        break;
      case "tick":
        this.#options.onTick(frame.serverTime);
        break;
      default:
        frame satisfies never;
    }
  }

  async #acknowledged(epoch: string, seq: number): Promise<void> {
    if (!(await this.#options.onAck(epoch, seq)))
      this.#refuse(`event ${seq} was never told and cannot be acknowledged`);
  }

  async #welcomed(welcome: Welcome): Promise<void> {
    this.#timeoutMs = welcome.heartbeatTimeoutMs;
    this.#heard();
    this.#beat = setInterval(this.#options.onBeat, welcome.heartbeatIntervalMs);
    const wire = { send: (text: string) => this.#send(text), unsentBytes: () => this.#socket.bufferedAmount };
    const end = await this.#options.onWelcome(welcome, wire);
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
