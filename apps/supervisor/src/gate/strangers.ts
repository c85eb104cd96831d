import type { Server } from "node:http";
import type { Socket } from "node:net";
import { LIMITS } from "@hal/protocol";
import type { Clock, Logger } from "@hal/daemon";
import type { Limits } from "../limits.ts";
import { throttle } from "./throttle.ts";

interface Stranger {
  readonly socket: Socket;
  readonly since: number;
}

export interface StrangersOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: Limits;
  /** the setting of the port */
  readonly port: string;
}

/**
 * The connections of a port that have shown no token yet, and those between two requests. When too many of them wait, the oldest are
 * cut and nobody is turned away: whoever has a token needs less than a second to show it, however many others say nothing.
 */
export class Strangers {
  readonly #clock: Clock;
  readonly #limits: Limits;
  /** by address and port of the other side, which name the connection below TLS and above it; the oldest first */
  readonly #waiting = new Map<string, Stranger>();
  readonly #onCut: (port: string) => void;

  constructor(server: Server, { clock, log, limits, port }: StrangersOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onCut = throttle(
      () => clock.monotonic(),
      (name, count) => log.warn({ port: name, count }, "too many connections without a token; the oldest were cut"),
    );
    server.on("connection", (socket: Socket) => {
      const name = nameOf(socket);
      this.#wait(name, socket);
      socket.once("close", () => this.#waiting.delete(name));
      this.#cut(port);
    });
    server.on("request", (request, response) => {
      const { socket } = request;
      this.known(socket);
      response.once("close", () => {
        if (!socket.destroyed) this.#wait(nameOf(socket), socket);
      });
    });
  }

  /** Somebody has shown a token: nothing here cuts the connection any more. */
  known(socket: Socket): void {
    this.#waiting.delete(nameOf(socket));
  }

  get count(): number {
    return this.#waiting.size;
  }

  #wait(name: string, socket: Socket): void {
    this.#waiting.delete(name);
    this.#waiting.set(name, { socket, since: this.#clock.monotonic() });
  }

  #cut(port: string): void {
    for (const [name, { socket, since }] of this.#waiting) {
      const count = this.#waiting.size;
      if (count <= this.#limits.strangers) return;
      if (count <= this.#limits.strangersAtMost && this.#clock.monotonic() - since < LIMITS.strangerMs) return;
      this.#waiting.delete(name);
      socket.destroy();
      this.#onCut(port);
    }
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
