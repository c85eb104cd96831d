import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { HeaderedSocket } from "../harness/raw-agent.ts";
import type { Frame } from "./recorded-link.ts";

/** An agent that says what one said before: frames go out as they are given, and what is answered is kept. */
export class ReplayedAgent implements Disposable {
  readonly heard: Frame[] = [];
  readonly #socket: WebSocket;
  #taken = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.heard.push(JSON.parse(String(data)) as Frame));
  }

  static async connect({ url, token }: { readonly url: string; readonly token: string }): Promise<ReplayedAgent> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new HeaderedSocket(url, { protocols: ["hal.agent.v1"], headers });
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`nobody answers at ${url}`)));
    });
    return new ReplayedAgent(socket);
  }

  say(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The next frame of a type, behind those that were taken before. */
  next(type: string): Promise<Frame> {
    return eventually(() => {
      const at = this.heard.findIndex((frame, index) => index >= this.#taken && frame.type === type);
      assert.notEqual(at, -1, `no ${type} came`);
      this.#taken = at + 1;
      return this.heard[at] as Frame;
    });
  }

  /** Until it is acknowledged up to there. */
  async acknowledged(seq: number): Promise<Frame> {
    return eventually(() => {
      const ack = this.heard.findLast((frame) => frame.type === "ack");
      assert.ok(Number(ack?.["seq"]) >= seq, `acknowledged is ${JSON.stringify(ack)}, not ${seq}`);
      return ack as Frame;
    });
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
