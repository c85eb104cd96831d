import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { collectGarbage } from "../harness/collect-garbage.mjs";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";

/** A WebSocket server that does nothing but echo, or send the same to all: what any server of ours is compared with. */
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => socket.on("message", (data) => socket.send(data as Buffer, { binary: false })));

const methods = {
  collectGarbage,
  /** Sends so many bursts of texts of that size to everybody. */
  async broadcast({ bytes, burst, count, everyMs }: Broadcast): Promise<void> {
    const text = Buffer.alloc(bytes, "x");
    for (let sent = 0; sent < count; sent += 1) {
      for (let inBurst = 0; inBurst < burst; inBurst += 1)
        for (const client of server.clients) client.send(text, { binary: false });
      await delay(everyMs);
    }
  },
  url: (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
};

interface Broadcast {
  readonly bytes: number;
  readonly burst: number;
  readonly count: number;
  readonly everyMs: number;
}

/** What the bench can ask of it. */
export type BareServer = HelperProcess<typeof methods>;

serveBench(methods);
