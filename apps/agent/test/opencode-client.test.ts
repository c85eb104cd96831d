import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { connectOpencode } from "../src/opencode/client.ts";

it("names no session to opencode of which no row was seen, because opencode refuses a place before the first", async () => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      asked.push(JSON.parse(Buffer.concat(pieces).toString("utf8")));
      response.writeHead(200, { "content-type": "application/json" }).end("[]");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const api = connectOpencode({ port, password: "p", run: "r" });
  expect(await api.history({ ses_new: -1, ses_first: 0, ses_known: 7 })).toEqual([]);
  expect(asked).toEqual([{ ses_first: 0, ses_known: 7 }]);
  server.close();
});
