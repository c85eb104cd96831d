import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Context } from "../context.ts";
import type { Actor } from "../operations/handler.ts";
import { ControlConnection } from "./control-connection.ts";

/** All operators' control channels. */
export class ControlChannel implements Disposable {
  readonly #context: Context;
  readonly #open = new Set<ControlConnection>();

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes over an upgraded, authenticated socket, and the connection below it. */
  accept(socket: WebSocket, below: Duplex, actor: Actor): void {
    const connection = new ControlConnection(socket, below, this.#context, actor);
    this.#open.add(connection);
    socket.once("close", () => this.#open.delete(connection));
  }

  /** Looks for signs of life, and closes the channels of those that gave none for the agreed time. */
  beat(): void {
    for (const connection of this.#open) connection.beat();
  }

  [Symbol.dispose](): void {
    for (const connection of this.#open) connection.close(1001, "the supervisor is stopping");
  }
}
