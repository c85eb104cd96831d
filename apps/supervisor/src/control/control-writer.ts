import type { Duplex } from "node:stream";
import { patience } from "@hal/daemon";
import type { WebSocket } from "ws";

/** So much may wait in this process for a reader before the next is made. */
const AHEAD_BYTES = 64 * 1024;

/** What leaves over one control channel: as fast as its reader takes it, and what is sent in one turn together. */
export class ControlWriter {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #readerMs: number;
  readonly #onStalled: () => void;
  #isCorked = false;

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

  /** Sends frames; undefined where there is room for more, else it resolves when there is, or when the reader was cut off. */
  send(frames: readonly (string | Buffer)[]): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return undefined;
    this.#cork();
    const last = frames.length - 1;
    let onLeft = (): void => undefined;
    frames.forEach((frame, index) =>
      socket.send(frame, { binary: false }, index === last ? () => onLeft() : undefined),
    );
    if (socket.bufferedAmount <= AHEAD_BYTES) return undefined;
    return new Promise((resolve) => {
      const stalled = patience(this.#readerMs, () => {
        this.#onStalled();
        socket.terminate();
        resolve();
      });
      onLeft = () => {
        stalled[Symbol.dispose]();
        resolve();
      };
    });
  }

  /** Many who follow are sent the same in one turn: all of them get ready before the system is asked to send. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#connection.cork();
    queueMicrotask(() => {
      this.#isCorked = false;
      this.#connection.uncork();
    });
  }
}
