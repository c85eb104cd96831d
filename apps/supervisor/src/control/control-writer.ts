import type { Duplex } from "node:stream";
import { patience } from "@hal/daemon";
import type { WebSocket } from "ws";
import { textFrame } from "./text-frame.ts";

/** What leaves over one control channel: as fast as its reader takes it, and what is sent in one turn together. */
export class ControlWriter {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #readerMs: number;
  readonly #onStalled: () => void;
  /** what all wait for who found no room */
  #room: Promise<void> | undefined;

  constructor(
    socket: WebSocket,
    connection: Duplex,
    { readerMs, onStalled }: { readonly readerMs: number; readonly onStalled: () => void },
  ) {
    this.#socket = socket;
    this.#connection = connection;
    this.#readerMs = readerMs;
    this.#onStalled = onStalled;
  }

  /** Sends a text; resolves when there is room for more, or when the reader was cut off. */
  async send(text: string): Promise<void> {
    await this.sendFrames(Buffer.concat(textFrame(Buffer.from(text))));
  }

  /**
   * Sends whole WebSocket frames; undefined where there is room for more, else it resolves when there is, or when the
   * reader was cut off. They go to the connection below: made into frames for each reader they cost as much again.
   */
  sendFrames(frames: Buffer): Promise<void> | undefined {
    const socket = this.#socket;
    const connection = this.#connection;
    if (socket.readyState !== socket.OPEN) return undefined;
    if (connection.write(frames)) return undefined;
    this.#room ??= this.#untilRoom().finally(() => {
      this.#room = undefined;
    });
    return this.#room;
  }

  #untilRoom(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const connection = this.#connection;
    const stalled = patience(this.#readerMs, () => {
      this.#onStalled();
      this.#socket.terminate();
      over();
    });
    const over = (): void => {
      stalled[Symbol.dispose]();
      connection.off("drain", over);
      connection.off("close", over);
      resolve();
    };
    connection.on("drain", over);
    connection.on("close", over);
    return promise;
  }
}
