import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { FrameCutter, type RawFrame } from "../harness/frames.ts";
import type { Random } from "./random.ts";

/** What the network does to what passes. */
export type Weather =
  | "fair"
  /** connections stay open and carry nothing, in either direction, as when a cable is pulled */
  | "silent"
  /** nothing gets through: dialling is refused */
  | "down"
  /** text frames of agents are doubled now and then */
  | "doubling"
  /** two text frames of an agent change places now and then */
  | "reordering";

/** A network between agents and their supervisor, with weather. */
export class Network implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #target: number;
  readonly #random: Random;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #weather: Weather = "fair";

  private constructor(server: Server, target: number, random: Random) {
    this.#server = server;
    this.#target = target;
    this.#random = random;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (agent) => this.#carry(agent));
  }

  static async open(target: number, random: Random): Promise<Network> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Network(server, target, random);
  }

  set weather(weather: Weather) {
    // what was lost in the silence does not come later: the connections it happened to are dead
    if (this.#weather === "silent" && weather !== "silent") this.cut();
    this.#weather = weather;
    if (weather === "down") this.cut();
  }

  /** Ends every connection at once, without a farewell. */
  cut(): void {
    for (const [agent, supervisor] of this.#pairs) {
      agent.resetAndDestroy();
      supervisor.resetAndDestroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(agent: Socket): void {
    if (this.#weather === "down") {
      agent.resetAndDestroy();
      return;
    }
    const supervisor = connect(this.#target, "127.0.0.1");
    const pair = [agent, supervisor] as const;
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      agent.destroy();
      supervisor.destroy();
    };
    for (const socket of pair) {
      socket.on("error", end);
      socket.on("close", end);
    }
    supervisor.on("data", (bytes) => {
      if (this.#weather !== "silent") agent.write(bytes);
    });
    const cutter = new FrameCutter();
    let held: RawFrame | undefined;
    agent.on("data", (bytes) => {
      if (this.#weather === "silent") return;
      for (const frame of cutter.cut(bytes)) {
        const { passed, kept } = this.#disturb(frame, held);
        held = kept;
        for (const one of passed) supervisor.write(one.bytes);
      }
    });
  }

  #disturb(frame: RawFrame, held: RawFrame | undefined): { passed: RawFrame[]; kept: RawFrame | undefined } {
    if (held !== undefined) return { passed: [frame, held], kept: undefined };
    const strikes = frame.isText && this.#random.chance(0.3);
    if (strikes && this.#weather === "doubling") return { passed: [frame, frame], kept: undefined };
    if (strikes && this.#weather === "reordering") return { passed: [], kept: frame };
    return { passed: [frame], kept: undefined };
  }
}
