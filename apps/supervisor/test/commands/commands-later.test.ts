import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

interface Answer {
  readonly code?: string;
  readonly data?: { readonly command: { readonly id: string; readonly state: string } };
}

let now: number;
let stage: Stage;
let agent: Peer;
let secret: unknown;
beforeEach(async () => {
  now = Date.UTC(2026, 2, 8);
  stage = await startStage({}, {}, { clock: { now: () => now, monotonic: () => performance.now() } });
  agent = await dial(stage.supervisor.port);
  agent.send(hello());
  ({ secret } = await agent.next("welcome"));
});
afterEach(() => stage[Symbol.asyncDispose]());

async function leave(): Promise<void> {
  agent.close();
  await agent.closed;
}

async function comeBack(connection: number, lastSeq = 0): Promise<void> {
  agent = await connected(stage, { secret, connection, outbox: { epoch: "e1", firstSeq: 0, lastSeq, acked: lastSeq } });
}

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await stage.send("POST", `/api/v1${path}`, { wait_ms: 0, ...body }, headers);
  return { status: response.status, body: (await response.json()) as Answer };
}

const start = (more: object = {}) => post("/sessions", { project: "p1", prompt: "hi", ...more });

async function stateOf(id: string | undefined): Promise<string> {
  const { data } = (await (await stage.get(`/api/v1/commands/${id}`)).json()) as { data: { state: string } };
  return data.state;
}

// I5
describe("a command for a node that comes back", () => {
  it("has as much time left as its deadline leaves, each time that it is sent", async () => {
    await start({ deadline_ms: 60_000 });
    expect(await agent.next("command")).toMatchObject({ remainingMs: 60_000 });
    await leave();
    now += 20_000;
    await comeBack(2);
    expect(await agent.next("command")).toMatchObject({ remainingMs: 40_000 });
    await leave();
    // it was sent, so that the node's outcome counts: it is sent again, with no time left to begin
    now += 50_000;
    await comeBack(3);
    expect(await agent.next("command")).toMatchObject({ remainingMs: 0 });
  });

  it("is sent one millisecond before its deadline, and not at it", async () => {
    await leave();
    const { body: early } = await start({ deadline_ms: 59_999, prompt: "too late" });
    const { body: late } = await start({ deadline_ms: 60_000, prompt: "in time" });
    now += 59_999;
    await comeBack(2);
    expect(await agent.next("command")).toMatchObject({ id: late.data?.command.id, remainingMs: 1 });
    expect(agent.count("command")).toBe(0);
    await expect.poll(() => stateOf(early.data?.command.id)).toBe("expired");
    expect(await stateOf(late.data?.command.id)).toBe("sent");
  });

  it("comes behind what stops something, though that was asked later", async () => {
    agent.send(events(event(1, "session.busy")));
    await agent.next("ack");
    await leave();
    await start();
    await post("/sessions/ses_one/kill", {});
    await start({ prompt: "one more" });
    await comeBack(2, 1);
    const sent = [await agent.next("command"), await agent.next("command"), await agent.next("command")];
    expect(sent.map(({ command, args }) => [command, (args as { prompt?: string }).prompt])).toEqual([
      ["session.kill", undefined],
      ["session.start", "hi"],
      ["session.start", "one more"],
    ]);
  });

  it("has expired for good, whatever the node says of it", async () => {
    await leave();
    const { body } = await start({ deadline_ms: 1_000 });
    const id = body.data?.command.id;
    now += 1_000;
    await expect.poll(() => stateOf(id)).toBe("expired");
    await comeBack(2);
    agent.send(events(event(1, "command.succeeded", { commandId: id, output: {} }, { session: undefined })));
    await agent.next("ack");
    expect([agent.count("command"), await stateOf(id)]).toEqual([0, "expired"]);
  });
});

// I5
it("an idempotency key stands for one operation, and for no other with the same words", async () => {
  const key = { "idempotency-key": "k" };
  agent.send(events(event(1, "session.busy")));
  await agent.next("ack");
  const aborted = await post("/sessions/ses_one/abort", {}, key);
  expect(aborted.status).toBe(200);
  expect(await post("/sessions/ses_one/kill", {}, key)).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  expect(await post("/sessions/ses_one/abort", {}, key)).toMatchObject({
    status: 200,
    body: { data: { command: { id: aborted.body.data?.command.id } } },
  });
  expect(await agent.next("command")).toMatchObject({ command: "session.abort" });
  expect(agent.count("command")).toBe(0);
});

describe("a link that a newer one of the same run has replaced", () => {
  // I4
  it("tells nothing any more, and nothing is sent on it", async () => {
    const old = agent;
    await comeBack(2);
    old.send(events(event(1, "session.busy")));
    expect(await old.closed).toMatchObject({ code: 4003 });
    agent.send(events(event(1, "session.idle")));
    expect(await agent.next("ack")).toMatchObject({ seq: 1 });
    await start();
    expect(await agent.next("command")).toMatchObject({ command: "session.start" });
    expect([old.count("ack"), old.count("command")]).toEqual([0, 0]);
    const { data } = (await (await stage.get("/api/v1/events?session_id=ses_one")).json()) as {
      data: { type: string }[];
    };
    expect(data.map(({ type }) => type)).toEqual(["session.idle"]);
  });
});
