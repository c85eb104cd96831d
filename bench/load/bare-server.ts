import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { collectGarbage } from "../harness/collect-garbage.mjs";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";

/** A WebSocket server that does nothing but echo: what any server of ours is compared with. */
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => socket.on("message", (data) => socket.send(data as Buffer, { binary: false })));

const methods = {
  collectGarbage,
  url: (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
};

/** What the bench can ask of it. */
export type BareServer = HelperProcess<typeof methods>;

serveBench(methods);
