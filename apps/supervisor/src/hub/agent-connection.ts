import { type CloseCode, type Heartbeat, type Hello, LIMITS, peekFrameType, type SupervisorFrame } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import type { WebSocket } from "ws";
import type { AgentLink, LinkReport } from "../capabilities/nodes/link.ts";
import { STOPPED } from "../capabilities/nodes/domain/node-status.ts";
import { deliverOpenCommands } from "../capabilities/commands/deliver-commands.ts";
import type { Actor } from "../operations/handler.ts";
import { compareTold } from "../capabilities/nodes/compare-told.ts";
import { recordTokenSaved } from "../capabilities/nodes/node-credential.ts";
import { loseNode } from "../capabilities/nodes/lose-node.ts";
import { recordSecretSaved } from "../capabilities/nodes/record-arrival.ts";
import { takeEvents } from "./take-events.ts";
import { foreignFirst } from "./foreign-first.ts";
import { FrameReader } from "./frame-reader.ts";
import { beatenReport, firstReport, heldIds } from "./link-report.ts";
import { Outgoing, UNREAD } from "./outgoing.ts";
import type { Registry } from "./registry.ts";

/** How many event frames of one socket may wait for the writer before the socket is not read any more. */
const FRAMES_AHEAD = LIMITS.windowFrames;

/** One agent's socket, from its hello to its close. */
export class AgentConnection implements AgentLink {
  readonly #socket: WebSocket;
  readonly #registry: Registry;
  readonly address: string | undefined;
  readonly outgoing: Outgoing;
  readonly #reader: FrameReader;
  #hello: Hello | undefined;
  #tooLate: NodeJS.Timeout | undefined;
  #greeted = false;
  #ahead = 0;
  #farewell: { readonly code: number; readonly reason: string } | undefined;
  #replaced = false;
  readonly credential: string;
  connectedAt = 0;
  confirmed: string | undefined;
  minted: string | undefined;
  readonly named = new Set<string>();
  lastFrameAt: number;
  report: LinkReport;

  constructor(socket: WebSocket, registry: Registry, { ip, credential }: Actor) {
    this.#socket = socket;
    this.#registry = registry;
    this.address = ip;
    this.credential = credential;
    const { clock, limits, metrics } = registry.context;
    this.outgoing = new Outgoing(socket, clock, (type, bytes) => metrics.frameSent(type, bytes));
    this.#reader = new FrameReader(metrics, (fields) =>
      this.#log.warn({ fields }, "fields that do not fit are dropped"),
    );
    this.lastFrameAt = clock.monotonic();
    this.report = firstReport(clock.now());
    this.#tooLate = setTimeout(() => this.close(4001, "no hello in time"), limits.helloMs);
    socket.on("message", (data, isBinary) => {
      this.#seen();
      if (isBinary) this.close(4000, "binary frame");
      else
        this.#receive(data as Buffer).catch((error: unknown) => {
          // nothing was acknowledged: the agent comes back and tells it again
          this.#log.error({ error }, "a frame could not be handled");
          this.close(1011, "internal error");
        });
    });
    socket.on("pong", () => this.#seen());
    socket.on("error", (error) => this.#log.warn({ problem: error.message }, "agent socket failed"));
    socket.on("close", (code) => {
      this.#inTime();
      void this.#closed(code);
    });
  }

  /** Made when it is needed: thousands of connections rarely have something to say. */
  get #log(): Logger {
    const { log } = this.#registry.context;
    return this.#hello === undefined
      ? log.child({ remote: this.address })
      : log.child({ node: this.#hello.node.id, host: this.#hello.node.hostname });
  }

  get nodeId(): string {
    return this.#hello?.node.id ?? "";
  }
  get instance(): string {
    return this.#hello?.instance ?? "";
  }
  get connection(): number {
    return this.#hello?.connection ?? 0;
  }
  get epoch(): string {
    return this.#hello?.outbox.epoch ?? "";
  }
  get features(): readonly string[] {
    return this.#hello?.features ?? [];
  }
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(frame: SupervisorFrame): void {
    if (!this.outgoing.send(frame)) this.close(4008, UNREAD);
  }

  get isWelcomed(): boolean {
    return this.#greeted;
  }

  deliverOwed(): Promise<void> {
    return deliverOpenCommands(this.#registry.context, this);
  }

  sendInTurn(make: () => SupervisorFrame): void {
    this.outgoing.push(make);
  }

  ping(): void {
    this.#socket.ping();
  }

  /** Closes with one of the codes of protocol §1.6. */
  close(code: CloseCode, reason: string): void {
    if (!this.#greeted && this.#farewell === undefined) this.#registry.refuse(this, code, reason);
    this.#farewell ??= { code, reason };
    this.#socket.close(code, reason.slice(0, 120));
    // a half-open socket never answers the close
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  /** Another connection speaks for the node now; frames that still come are discarded. */
  replace(): void {
    this.#replaced = true;
    this.close(4003, "replaced by a newer connection");
  }

  #seen(): void {
    this.lastFrameAt = this.#registry.context.clock.monotonic();
  }

  /** Lets go of the timer, too: thousands of connections need none any more. */
  #inTime(): void {
    clearTimeout(this.#tooLate);
    this.#tooLate = undefined;
  }

  async #receive(data: Buffer): Promise<void> {
    if (this.#replaced) return;
    const type = peekFrameType(data.toString("latin1", 0, 100));
    this.#registry.context.metrics.frameReceived(type, data.length);
    if (this.#greeted) recordSecretSaved(this.#registry.context, this);
    if (this.#greeted && type === "events") return this.#take(data);
    const decoded = this.#reader.read(data.toString("utf8"));
    if (!decoded.ok) {
      if (decoded.kind !== "unknown") this.#refuse(decoded.problem);
      else if (this.#hello === undefined) this.#refuse(foreignFirst(decoded.problem), 4001);
      else this.#registry.context.metrics.frameIgnored();
      return;
    }
    const { frame } = decoded;
    if (frame.type === "hello") {
      this.#inTime();
      await this.#greet(frame);
    } else if (!this.#greeted) {
      if (this.#hello === undefined) this.close(4001, "the first frame must be hello");
    } else if (frame.type === "heartbeat") {
      this.#takeHeartbeat(frame);
    } else if (frame.type === "events") {
      await this.#take(data);
    } else if (frame.type === "told") {
      const isOfNow = await compareTold(this.#registry.context, this, frame);
      if (isOfNow) this.#registry.context.budgets.desk.compared(this.nodeId);
    } else if (frame.type === "spent") {
      this.#registry.context.budgets.desk.heard(this, frame);
    } else if (frame.type === "live") {
      this.#registry.context.metrics.liveFrameTaken();
      this.#registry.context.live.take(this, frame);
    } else {
      this.#farewell = { code: 1000, reason: STOPPED };
    }
  }

  async #greet(hello: Hello): Promise<void> {
    if (this.#hello !== undefined) {
      this.close(4001, "a second hello");
      return;
    }
    this.#hello = hello;
    const { context } = this.#registry;
    this.report = { ...this.report, opencode: hello.opencode, holds: heldIds(hello) };
    const admission = await this.#registry.admit(this, hello);
    if (admission.kind === "refused") {
      this.#log.error({ code: admission.code, reason: admission.reason }, "agent refused");
      this.close(admission.code, admission.reason);
      return;
    }
    if (!this.isOpen) return;
    this.#greeted = true;
    this.minted = admission.minted;
    this.send(admission.welcome);
    for (const update of admission.updates()) this.send(update);
    const unsent = hello.outbox.lastSeq - hello.outbox.acked;
    this.#log.info({ connection: hello.connection, unsent }, "agent connected");
    context.live.linked(this);
    context.budgets.desk.linked(this);
    if (!admission.welcome.resetEpoch) await this.deliverOwed();
  }

  async #take(bytes: Buffer): Promise<void> {
    this.#ahead += 1;
    if (this.#ahead >= FRAMES_AHEAD) this.#socket.pause();
    try {
      const taken = await takeEvents(this.#registry.context, this, bytes);
      if (taken.kind === "malformed") this.#refuse(taken.problem);
      else if (taken.missing !== undefined) this.close(4005, `event ${taken.missing} is missing`);
      else {
        if (this.isOpen) this.send({ type: "ack", epoch: taken.epoch, seq: taken.seq });
        this.#registry.context.budgets.desk.committed(this.nodeId);
      }
    } catch {
      // it has been logged; without an acknowledgement the agent sends it again
      this.close(1013, "events could not be committed");
    } finally {
      this.#seen(); // while its frames wait here it is not read, and cannot be heard
      this.#ahead -= 1;
      if (this.#ahead < FRAMES_AHEAD) this.#socket.resume();
    }
  }

  #refuse(problem: string, code: CloseCode = 4000): void {
    this.#registry.context.metrics.frameIgnored();
    this.#log.warn({ problem }, "frame refused");
    this.close(code, problem);
  }

  #takeHeartbeat(frame: Heartbeat): void {
    const { context } = this.#registry;
    recordTokenSaved(context, this, frame.credentialVersion);
    const changed = frame.opencode.state !== this.report.opencode.state;
    this.report = beatenReport(this.report, frame, context.clock.now());
    if (changed) this.#log.info({ opencode: frame.opencode.state, reason: frame.opencode.reason }, "opencode changed");
  }

  async #closed(closedWith: number): Promise<void> {
    const { context } = this.#registry;
    const { code, reason } = this.#farewell ?? { code: closedWith, reason: `connection lost (${closedWith})` };
    context.metrics.linkClosed(code);
    if (!this.#greeted || !this.#registry.unregister(this)) return;
    this.#log.info({ reason }, "agent disconnected");
    context.budgets.desk.unlinked(this);
    if (context.stopping.aborted) return;
    try {
      await loseNode(context, this, reason);
    } catch (error) {
      this.#log.error({ error }, "the node's leaving could not be noted");
    } finally {
      context.live.unlinked(this);
    }
  }
}
