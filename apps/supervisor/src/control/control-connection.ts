import type { Duplex } from "node:stream";
import {
  type Call,
  type CloseCode,
  CONTROL_REQUEST_TYPES,
  ControlRequest,
  type ControlResponse,
  decodeFrame,
  encodeFrame,
  errorBodyOf,
  HalError,
  isOperationName,
  OPERATIONS,
} from "@hal/protocol";
import type { WebSocket } from "ws";
import type { Context } from "../context.ts";
import { ControlWriter } from "./control-writer.ts";
import { itemFrames } from "./item-frames.ts";
import { dispatch, openStream } from "../operations/dispatch.ts";
import type { Actor } from "../operations/handler.ts";

/** One operator's control channel. Protocol §6. */
export class ControlConnection {
  readonly #socket: WebSocket;
  readonly #writer: ControlWriter;
  readonly #context: Context;
  readonly #actor: Actor;
  readonly #calls = new Map<string, AbortController>();
  #heardAt: number;

  constructor(socket: WebSocket, connection: Duplex, context: Context, actor: Actor) {
    this.#socket = socket;
    const { readerMs, log } = context;
    const onStalled = (): void => log.warn("a control reader took nothing for too long and was cut off");
    this.#writer = new ControlWriter(socket, connection, { readerMs, onStalled });
    this.#context = context;
    this.#actor = actor;
    this.#heardAt = context.clock.monotonic();
    socket.on("pong", () => this.#heard());
    socket.on("message", (data, isBinary) => {
      this.#heard();
      if (isBinary) socket.close(4000, "binary frame");
      else this.#receive((data as Buffer).toString("utf8"));
    });
    socket.on("error", (error) => context.log.debug({ problem: error.message }, "control socket failed"));
    const onInvalid = (): void => this.close(4009, "the token is not valid any more");
    actor.valid.addEventListener("abort", onInvalid, { once: true });
    socket.on("close", () => {
      actor.valid.removeEventListener("abort", onInvalid);
      for (const call of this.#calls.values()) call.abort();
    });
  }

  close(code: CloseCode, reason: string): void {
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  /** A half-open connection is noticed, and does not take a place for ever. */
  beat(): void {
    const { clock, heartbeat, log, readerMs } = this.#context;
    // a program that reads slowly does not answer pings for a while
    if (clock.monotonic() - this.#heardAt <= Math.max(heartbeat.timeoutMs, 2 * readerMs)) {
      this.#socket.ping();
      return;
    }
    log.info({ actor: this.#actor.actor }, "a control channel gave no sign of life and was cut");
    this.#socket.terminate();
  }

  #heard(): void {
    this.#heardAt = this.#context.clock.monotonic();
  }

  #receive(text: string): void {
    const decoded = decodeFrame(ControlRequest, CONTROL_REQUEST_TYPES, text);
    if (!decoded.ok) {
      this.#context.metrics.frameIgnored();
      if (decoded.kind !== "unknown") this.#socket.close(4000, decoded.problem.slice(0, 120));
      return;
    }
    const { frame } = decoded;
    if (frame.type === "cancel") this.#calls.get(frame.id)?.abort();
    else void this.#answer(frame);
  }

  async #answer(call: Call): Promise<void> {
    const { controlCallsInFlight: most } = this.#context.limits;
    if (this.#calls.has(call.id) || this.#calls.size >= most) {
      const problem = this.#calls.has(call.id)
        ? new HalError("bad_request", `a call with the id ${call.id} is under way`)
        : new HalError("rate_limited", `${most} calls are under way; wait for one of them`);
      await this.#send({ type: "reply", id: call.id, ok: false, error: problem.toBody() });
      return;
    }
    const abort = new AbortController();
    this.#calls.set(call.id, abort);
    try {
      if (isOperationName(call.operation) && OPERATIONS[call.operation].kind === "stream")
        await this.#stream(call, abort);
      else await this.#reply(call, abort.signal);
    } finally {
      this.#calls.delete(call.id);
    }
  }

  async #reply(call: Call, signal: AbortSignal): Promise<void> {
    try {
      const { output, meta } = await dispatch(this.#context, this.#actor, { ...call, signal });
      await this.#send({ type: "reply", id: call.id, ok: true, output, ...(meta === undefined ? {} : { meta }) });
    } catch (error) {
      this.#logFailure(error, call.operation);
      await this.#send({ type: "reply", id: call.id, ok: false, error: errorBodyOf(error) });
    }
  }

  async #stream(call: Call, abort: AbortController): Promise<void> {
    const { signal } = abort;
    try {
      const framesOf = itemFrames(call.id);
      for await (const piece of await openStream(this.#context, this.#actor, { ...call, signal })) {
        const room = this.#writer.sendFrames(framesOf(piece));
        if (room !== undefined) await room;
      }
      await this.#send({ type: "end", id: call.id });
    } catch (error) {
      this.#logFailure(error, call.operation);
      await this.#send({ type: "end", id: call.id, error: errorBodyOf(error) });
    } finally {
      abort.abort();
    }
  }

  async #send(frame: ControlResponse): Promise<void> {
    await this.#writer.send(encodeFrame(frame));
  }

  #logFailure(error: unknown, operation: string): void {
    if (!(error instanceof HalError)) this.#context.log.error({ error, operation }, "operation failed");
  }
}
