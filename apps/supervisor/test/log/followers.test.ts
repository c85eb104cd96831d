import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createHttpClient } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage, TOKEN } from "../support/start.ts";
import { connected, dial, event, events, hello, type Peer } from "../support/socket.ts";

let stage: Stage;
let agent: Peer;
let seq: number;
let welcome: Readonly<Record<string, unknown>>;

beforeEach(async () => {
  stage = await startStage({}, {}, { readerMs: 400 });
  agent = await dial(stage.supervisor.port);
  agent.send(hello());
  welcome = await agent.next("welcome");
  seq = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Has the node tell so many events of this size, and waits until they are committed. */
async function tell(count: number, sizeBytes = 10): Promise<void> {
  for (let told = 0; told < count; told += 1) {
    seq += 1;
    agent.send(events(event(seq, "session.todo", { todos: [{ content: "x".repeat(sizeBytes), status: "" }] })));
    await agent.next("ack");
  }
}

/** Follows over HTTP by hand, so that the test decides when it reads. */
async function follow(lastEventId: string): Promise<Socket> {
  const socket = connect(Number(stage.supervisor.httpPort), "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nLast-Event-ID: ${lastEventId}\r\n\r\n`,
  );
  return socket;
}

async function cursors(lastEventId: string, count: number): Promise<string[]> {
  const leave = new AbortController();
  const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream`, {
    headers: { authorization: `Bearer ${TOKEN}`, "last-event-id": lastEventId },
    signal: leave.signal,
  });
  const ids: string[] = [];
  let line = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    const lines = decoder.decode(piece, { stream: true }).split("\n");
    lines[0] = line + (lines[0] ?? "");
    line = lines.pop() ?? "";
    for (const whole of lines) if (whole.startsWith("id: ")) ids.push(whole.slice(4));
    if (ids.length >= count) break;
  }
  leave.abort();
  return ids.slice(0, count);
}

async function first(): Promise<string> {
  const list = (await (await stage.get("/api/v1/events?limit=1000")).json()) as { data: { cursor: string }[] };
  return list.data.at(-1)?.cursor ?? "";
}

describe("a follower", () => {
  // I1
  it("goes on behind its cursor after the supervisor was restarted, without a hole or a repeat", async () => {
    await tell(10);
    const begin = await first();
    const before = await cursors(begin, 5);
    await stage.restart();
    const after = await cursors(before.at(-1) ?? "", 5);
    expect([...before, ...after]).toEqual(await cursors(begin, 10));
    expect(new Set([...before, ...after]).size).toBe(10);
  });

  it("over HTTP that reads nothing is cut off, and others lose nothing by it", async () => {
    await tell(1);
    const begin = await first();
    const slow = await follow(begin);
    slow.pause();
    const ended = once(slow, "close");
    await tell(60, 200_000);
    await expect.poll(() => stage.lines.join("")).toContain("took nothing for too long");
    expect((await cursors(begin, 61)).length).toBe(61);
    slow.on("error", () => undefined);
    slow.resume();
    await ended;
  });

  it("over the control channel that reads nothing is cut off, too", async () => {
    await tell(1);
    const begin = await first();
    const slow = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    slow.send({ type: "call", id: "1", operation: "events.stream", input: { after: begin } });
    await slow.next("item");
    slow.pause();
    await tell(60, 200_000);
    await expect.poll(() => stage.lines.join("")).toContain("took nothing for too long");
    slow.resume();
    expect((await slow.closed).code).toBe(1006);
  });
});

describe("a stream that is open when the log turns out to be a restored one", () => {
  /** An agent that was promised more than this log has. */
  async function proveThatItWasRestored(logId: string, secret: unknown): Promise<void> {
    const outbox = { epoch: "e1", firstSeq: 1, lastSeq: seq + 5, acked: seq + 5, logId };
    await connected(stage, { secret, connection: 2, outbox });
  }

  it("ends and says so, at both doors, and never goes on with cursors of the old life", async () => {
    const logId = (welcome["supervisor"] as { logId: string }).logId;
    await tell(2);
    const begin = await first();
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream`, {
      headers: { authorization: `Bearer ${TOKEN}`, "last-event-id": begin },
    });
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    control.send({ type: "call", id: "1", operation: "events.stream", input: { after: begin } });
    await control.next("item");
    await proveThatItWasRestored(logId, welcome["secret"]);
    const told = await response.text();
    expect(told).toMatch(/\nevent: error\ndata: \{"error":".*restored.*","code":"CURSOR_LOST"\}\n\n$/);
    const lives = [...told.matchAll(/^id: (.*):\d+$/gm)].map(([, life]) => life);
    expect(new Set(lives)).toEqual(new Set([logId]));
    expect(await control.next("end")).toMatchObject({ id: "1", error: { code: "cursor_lost" } });
    const client = createHttpClient({ url: `http://127.0.0.1:${stage.supervisor.httpPort}`, token: TOKEN, fetch });
    const stale = client.stream("events.stream", { after: begin })[Symbol.asyncIterator]();
    await expect(stale.next()).rejects.toMatchObject({ code: "cursor_lost" });
  });
});
