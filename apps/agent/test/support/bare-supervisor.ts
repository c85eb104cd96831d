import { once } from "node:events";
import { SupervisorFrame } from "@hal/protocol";
import * as v from "valibot";
import { type WebSocket, WebSocketServer } from "ws";

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/** One connection of an agent, to which frames are written by hand. */
export interface BareLink {
  /** the first frame of a type that comes and was not taken yet; fails where the link ends without one */
  next(type: string): Promise<Frame>;
  /** says what a supervisor may say; what the contract does not know is thrown here */
  send(frame: object): void;
  /** says anything */
  raw(data: string | Buffer): void;
  close(code: number, reason: string): void;
  /** what it was dialled with */
  readonly token: string | undefined;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A bare WebSocket port that agents can dial: the frames are chosen by hand, and what is sent as one is checked against the contract. */
export class BareSupervisor implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #links: BareLink[] = [];
  #arrived: () => void = () => undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket, { headers }) => {
      this.#links.push(linkOf(socket, headers.authorization?.replace("Bearer ", "")));
      this.#arrived();
    });
  }

  /** Port 0 takes any free one. */
  static async open(port = 0): Promise<BareSupervisor> {
    const server = new WebSocketServer({ host: "127.0.0.1", port, handleProtocols: () => "hal.agent.v1" });
    await once(server, "listening");
    return new BareSupervisor(server);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The next connection. */
  async link(): Promise<BareLink> {
    for (;;) {
      const link = this.#links.shift();
      if (link !== undefined) return link;
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function linkOf(socket: WebSocket, token: string | undefined): BareLink {
  const frames: Frame[] = [];
  let waiting: (() => void)[] = [];
  const arrived = (): void => {
    const told = waiting;
    waiting = [];
    for (const one of told) one();
  };
  let ended: string | undefined;
  socket.on("close", (code, reason) => {
    ended = `${code} ${reason.toString("utf8")}`;
    arrived();
  });
  socket.on("message", (data) => {
    frames.push(JSON.parse((data as Buffer).toString("utf8")) as Frame);
    arrived();
  });
  socket.on("error", () => undefined);
  return {
    async next(type) {
      for (;;) {
        const index = frames.findIndex((frame) => frame.type === type);
        if (index !== -1) return frames.splice(index, 1)[0] as Frame;
        if (ended !== undefined) throw new Error(`the agent's link ended (${ended}) without a frame ${type}`);
        await new Promise<void>((resolve) => void waiting.push(resolve));
      }
    },
    send(frame) {
      v.assert(SupervisorFrame, frame);
      socket.send(JSON.stringify(frame));
    },
    raw: (data) => socket.send(data),
    close: (code, reason) => socket.close(code, reason),
    token,
    closed: new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
    }),
  };
}
