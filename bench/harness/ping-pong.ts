import { once } from "node:events";
import { WebSocket } from "ws";

/** A bare WebSocket to an echo server: the least that a message there and back costs. */
export class PingPong {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(url: string): Promise<PingPong> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, "open");
    return new PingPong(socket);
  }

  /** Sends and waits for the echo; milliseconds. */
  async play(text: string): Promise<number> {
    const began = performance.now();
    this.#socket.send(text);
    await once(this.#socket, "message");
    return performance.now() - began;
  }

  close(): void {
    this.#socket.terminate();
  }
}
