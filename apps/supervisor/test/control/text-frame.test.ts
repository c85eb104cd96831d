import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { StreamItem } from "../../src/domain/stream-item.ts";
import { itemFrames } from "../../src/control/item-frames.ts";
import { textFrame } from "../../src/control/text-frame.ts";

let server: WebSocketServer;
let client: WebSocket;
let connection: Socket;
let received: string[];
beforeEach(async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  received = [];
  client.on("message", (data, isBinary) => received.push(isBinary ? "binary" : (data as Buffer).toString("utf8")));
  const [[, request]] = (await Promise.all([once(server, "connection"), once(client, "open")])) as [
    [WebSocket, { readonly socket: Socket }],
    unknown[],
  ];
  connection = request.socket;
});
afterEach(() => {
  client.terminate();
  server.close();
});

/** What comes before the end of the connection. */
async function sent(): Promise<string[]> {
  const closed = once(client, "close");
  for (const socket of server.clients) socket.close();
  await closed;
  return received;
}

describe("a text as it is sent", () => {
  it("is what a WebSocket client receives, however long it is and whatever is sent beside it", async () => {
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000].map((length) => "x".repeat(length));
    const [socket] = server.clients;
    for (const text of texts) {
      connection.write(Buffer.concat(textFrame(Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3)))));
      socket?.send(`beside ${text.length}`);
      socket?.ping();
    }
    expect(await sent()).toEqual(texts.flatMap((text) => [text, `beside ${text.length}`]));
  });

  it("is an item of the call that asked, for each of those who follow", async () => {
    const piece = [new StreamItem({ text: "ä" }, "c1"), new StreamItem(7)];
    for (const id of ["1", '"', "1"]) connection.write(itemFrames(id)(piece));
    const items = (id: string) => [
      { type: "item", id, cursor: "c1", item: { text: "ä" } },
      { type: "item", id, item: 7 },
    ];
    expect((await sent()).map((text) => JSON.parse(text) as unknown)).toEqual(["1", '"', "1"].flatMap(items));
  });
});
