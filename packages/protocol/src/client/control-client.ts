import { CONTROL_RESPONSE_TYPES, decodeFrame, encodeFrame } from "../codec.ts";
import { HalError } from "../errors.ts";
import { type Call, type ControlRequest, ControlResponse } from "../frames/control.ts";
import { unreachable } from "./failures.ts";
import { ItemQueue } from "./item-queue.ts";
import { OPERATIONS } from "../operations/index.ts";
import { withDefaults } from "./with-defaults.ts";
import {
  type CallResult,
  checkAsked,
  type OperatorClient,
  type StreamedItem,
  type StreamName,
} from "./operator-client.ts";

/** What the control client needs of a socket that is open already. */
export interface ControlSocket {
  send(text: string): void;
  close(): void;
  onMessage(listener: (text: string) => void): void;
  /** called once, with the reason in words */
  onClose(listener: (reason: string) => void): void;
  /** stops or goes on reading, for a reader that is slower than the stream */
  pause(): void;
  resume(): void;
}

export interface ControlClientOptions {
  /** for messages only */
  readonly url: string;
  /** connects and authenticates; throws HalError where that fails */
  readonly connect: () => Promise<ControlSocket>;
}

interface Pending {
  readonly resolve: (reply: GoodReply) => void;
  readonly reject: (error: unknown) => void;
}

type GoodReply = Extract<ControlResponse, { type: "reply"; ok: true }>;

/** A typed client over the control channel (protocol §6); it connects at the first request. */
export function createControlClient(options: ControlClientOptions): OperatorClient {
  const channel = new Channel(options);
  return {
    async call(name, input, callOptions) {
      checkAsked(name, input, "call");
      const { signal, idempotencyKey } = callOptions ?? {};
      const reply = await channel.ask(
        { operation: name, input, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) },
        signal,
      );
      const output = withDefaults(OPERATIONS[name].output, reply.output);
      return { output, meta: reply.meta ?? {} } as CallResult<typeof name>;
    },
    async *stream(name, input, streamOptions) {
      checkAsked(name, input, "stream");
      for await (const item of channel.follow({ operation: name, input }, streamOptions?.signal))
        yield item as StreamedItem<typeof name>;
    },
    close: () => channel.close(),
  };
}

/** One socket and what waits on it: replies by their call, and streams. */
class Channel {
  readonly #options: ControlClientOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #streams = new Map<string, ItemQueue<StreamedItem<StreamName>>>();
  /** streams that hold as much as they may */
  readonly #full = new Set<string>();
  #connecting: Promise<ControlSocket> | undefined;
  #count = 0;

  constructor(options: ControlClientOptions) {
    this.#options = options;
  }

  async ask(asked: Omit<Call, "type" | "id">, signal: AbortSignal | undefined): Promise<GoodReply> {
    const socket = await this.#connect();
    signal?.throwIfAborted();
    const id = this.#nextId();
    const cancel = (): void => {
      socket.send(encode({ type: "cancel", id }));
      this.#pending.get(id)?.reject(signal?.reason);
    };
    try {
      return await new Promise<GoodReply>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        signal?.addEventListener("abort", cancel, { once: true });
        this.#regulate(socket);
        socket.send(encode({ type: "call", id, ...asked }));
      });
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", cancel);
      this.#regulate(socket);
    }
  }

  async *follow(
    asked: Omit<Call, "type" | "id">,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StreamedItem<StreamName>> {
    const socket = await this.#connect();
    if (signal?.aborted === true) return;
    const id = this.#nextId();
    const queue = this.#openQueue(id, socket);
    const stop = (): void => queue.end();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      socket.send(encode({ type: "call", id, ...asked }));
      yield* queue;
    } finally {
      signal?.removeEventListener("abort", stop);
      // whoever leaves before the end, by a signal or by `break`, stops the supervisor's side, too
      if (this.#streams.delete(id)) socket.send(encode({ type: "cancel", id }));
      this.#full.delete(id);
      this.#regulate(socket);
    }
  }

  async close(): Promise<void> {
    const socket = await this.#connecting?.catch(() => undefined);
    socket?.close();
  }

  #connect(): Promise<ControlSocket> {
    this.#connecting ??= this.#options.connect().then(
      (socket) => {
        socket.onMessage((text) => this.#receive(text));
        socket.onClose((reason) => {
          this.#connecting = undefined;
          this.#lose(unreachable(this.#options.url, new Error(reason)));
        });
        return socket;
      },
      (error: unknown) => {
        // the next request dials again
        this.#connecting = undefined;
        throw error;
      },
    );
    return this.#connecting;
  }

  #openQueue(id: string, socket: ControlSocket): ItemQueue<StreamedItem<StreamName>> {
    const queue = new ItemQueue<StreamedItem<StreamName>>({
      onFull: () => {
        this.#full.add(id);
        this.#regulate(socket);
      },
      onDrained: () => {
        this.#full.delete(id);
        this.#regulate(socket);
      },
    });
    this.#streams.set(id, queue);
    return queue;
  }

  /** A full stream stops the reading, but never the reply that its reader waits for. */
  #regulate(socket: ControlSocket): void {
    if (this.#full.size > 0 && this.#pending.size === 0) socket.pause();
    else socket.resume();
  }

  #lose(error: HalError): void {
    for (const { reject } of this.#pending.values()) reject(error);
    for (const queue of this.#streams.values()) queue.fail(error);
    this.#pending.clear();
    this.#streams.clear();
    this.#full.clear();
  }

  #receive(text: string): void {
    const decoded = decodeFrame(ControlResponse, CONTROL_RESPONSE_TYPES, text);
    if (!decoded.ok) return;
    const { frame } = decoded;
    if (frame.type === "reply") {
      const waiting = this.#pending.get(frame.id);
      this.#pending.delete(frame.id);
      if (frame.ok) waiting?.resolve(frame);
      else waiting?.reject(HalError.fromBody(frame.error));
    } else if (frame.type === "item") {
      this.#streams.get(frame.id)?.push({ item: frame.item, cursor: frame.cursor } as StreamedItem<StreamName>);
    } else {
      const queue = this.#streams.get(frame.id);
      this.#streams.delete(frame.id);
      if (frame.error === undefined) queue?.end();
      else queue?.fail(HalError.fromBody(frame.error));
    }
  }

  #nextId(): string {
    this.#count += 1;
    return String(this.#count);
  }
}

function encode(frame: ControlRequest): string {
  return encodeFrame(frame);
}
