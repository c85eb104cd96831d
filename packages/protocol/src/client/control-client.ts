import { CONTROL_RESPONSE_TYPES, decodeFrame, encodeFrame } from "../codec.ts";
import { HalError } from "../errors.ts";
import { type ControlRequest, ControlResponse } from "../frames/control.ts";
import { unreachable } from "./failures.ts";
import { ItemQueue } from "./item-queue.ts";
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
  readonly resolve: (reply: Extract<ControlResponse, { type: "reply"; ok: true }>) => void;
  readonly reject: (error: unknown) => void;
}

/** A typed client over the control channel (protocol §6); it connects at the first request. */
export function createControlClient(options: ControlClientOptions): OperatorClient {
  const pending = new Map<string, Pending>();
  const streams = new Map<string, ItemQueue<StreamedItem<StreamName>>>();
  /** streams that hold as much as they may */
  const full = new Set<string>();
  let connecting: Promise<ControlSocket> | undefined;
  let count = 0;

  const connect = (): Promise<ControlSocket> => {
    connecting ??= options.connect().then(
      (socket) => {
        socket.onMessage((text) => receive(text));
        socket.onClose((reason) => {
          connecting = undefined;
          lose(unreachable(options.url, new Error(reason)));
        });
        return socket;
      },
      (error: unknown) => {
        // the next request dials again
        connecting = undefined;
        throw error;
      },
    );
    return connecting;
  };

  /** A full stream stops the reading, but never the reply that its reader waits for. */
  const regulate = (socket: ControlSocket): void => {
    if (full.size > 0 && pending.size === 0) socket.pause();
    else socket.resume();
  };

  const lose = (error: HalError): void => {
    for (const { reject } of pending.values()) reject(error);
    for (const queue of streams.values()) queue.fail(error);
    pending.clear();
    streams.clear();
    full.clear();
  };

  const receive = (text: string): void => {
    const decoded = decodeFrame(ControlResponse, CONTROL_RESPONSE_TYPES, text);
    if (!decoded.ok) return;
    const { frame } = decoded;
    if (frame.type === "reply") {
      const waiting = pending.get(frame.id);
      pending.delete(frame.id);
      if (frame.ok) waiting?.resolve(frame);
      else waiting?.reject(HalError.fromBody(frame.error));
    } else if (frame.type === "item") {
      streams.get(frame.id)?.push({ item: frame.item, cursor: frame.cursor } as StreamedItem<StreamName>);
    } else {
      const queue = streams.get(frame.id);
      streams.delete(frame.id);
      if (frame.error === undefined) queue?.end();
      else queue?.fail(HalError.fromBody(frame.error));
    }
  };

  const nextId = (): string => {
    count += 1;
    return String(count);
  };

  return {
    async call(name, input, callOptions) {
      checkAsked(name, input, "call");
      const { signal, idempotencyKey } = callOptions ?? {};
      const socket = await connect();
      signal?.throwIfAborted();
      const id = nextId();
      const cancel = (): void => {
        socket.send(encode({ type: "cancel", id }));
        pending.get(id)?.reject(signal?.reason);
      };
      try {
        const reply = await new Promise<Extract<ControlResponse, { type: "reply"; ok: true }>>((resolve, reject) => {
          pending.set(id, { resolve, reject });
          signal?.addEventListener("abort", cancel, { once: true });
          regulate(socket);
          socket.send(
            encode({
              type: "call",
              id,
              operation: name,
              input,
              ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
            }),
          );
        });
        return { output: reply.output, meta: reply.meta ?? {} } as CallResult<typeof name>;
      } finally {
        pending.delete(id);
        signal?.removeEventListener("abort", cancel);
        regulate(socket);
      }
    },
    async *stream(name, input, streamOptions) {
      checkAsked(name, input, "stream");
      const { signal } = streamOptions ?? {};
      const socket = await connect();
      if (signal?.aborted === true) return;
      const id = nextId();
      const queue = new ItemQueue<StreamedItem<StreamName>>({
        onFull: () => {
          full.add(id);
          regulate(socket);
        },
        onDrained: () => {
          full.delete(id);
          regulate(socket);
        },
      });
      const stop = (): void => queue.end();
      streams.set(id, queue);
      signal?.addEventListener("abort", stop, { once: true });
      try {
        socket.send(encode({ type: "call", id, operation: name, input }));
        for await (const item of queue) yield item as StreamedItem<typeof name>;
      } finally {
        signal?.removeEventListener("abort", stop);
        // whoever leaves before the end, by a signal or by `break`, stops the supervisor's side, too
        if (streams.delete(id)) socket.send(encode({ type: "cancel", id }));
        full.delete(id);
        regulate(socket);
      }
    },
    async close() {
      const socket = await connecting?.catch(() => undefined);
      socket?.close();
    },
  };
}

function encode(frame: ControlRequest): string {
  return encodeFrame(frame);
}
