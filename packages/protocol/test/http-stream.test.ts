import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readServerSentEvents } from "../src/client/server-sent-events.ts";
import { createHttpClient } from "../src/index.ts";

function bodyOf(
  chunks: readonly (string | Uint8Array)[],
  end: "close" | "break" = "close",
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      else if (end === "close") controller.close();
      else controller.error(new TypeError("terminated"));
    },
  });
}

async function read(chunks: readonly (string | Uint8Array)[]) {
  const events = [];
  for await (const event of readServerSentEvents(bodyOf(chunks))) events.push(event);
  return events;
}

describe("server-sent events", () => {
  it("are read with their ids; comments are passed over", async () => {
    expect(await read([": hello\n\n", "id: log:1\ndata: {}\n\n", ": keep-alive\n\n", "data: a\ndata:b\n\n"])).toEqual([
      { id: "log:1", data: "{}" },
      { id: undefined, data: "a\nb" },
    ]);
  });

  it("do not depend on where the network cuts them, not even in the middle of a letter", async () => {
    const text = 'id: log:1\r\ndata: {"a":"ü→𝄞"}\r\n\r\nid: log:2\ndata: 2\n\n';
    const whole = await read([text]);
    const bytes = new TextEncoder().encode(text);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length)), async (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.slice(places[index], end));
        expect(await read(pieces)).toEqual(whole);
      }),
    );
  });

  it("leave out one that was cut off by the end", async () => {
    expect(await read(["data: 1\n\ndata: half"])).toEqual([{ id: undefined, data: "1" }]);
  });
});

describe("a stream over HTTP", () => {
  it.each(["close", "break"] as const)(
    "throws unreachable behind its items when the supervisor goes (%s)",
    async (end) => {
      const client = createHttpClient({
        url: "http://s",
        token: "t",
        fetch: () => Promise.resolve(new Response(bodyOf(['id: log:1\ndata: {"id":1}\n\n'], end))),
      });
      const stream = client.stream("events.stream", {})[Symbol.asyncIterator]();
      expect((await stream.next()).value).toEqual({ item: { id: 1 }, cursor: "log:1" });
      await expect(stream.next()).rejects.toMatchObject({
        code: "unreachable",
        message: expect.stringContaining("cannot reach the supervisor at http://s"),
      });
    },
  );

  it("throws the supervisor's refusal", async () => {
    const refusal = Response.json({ error: "another log", code: "CURSOR_LOST" }, { status: 410 });
    const client = createHttpClient({ url: "http://s", token: "t", fetch: () => Promise.resolve(refusal) });
    const first = client.stream("events.stream", { after: "x:1" })[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: "cursor_lost", message: "another log" });
  });
});
