import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";
import { connected, dial, event, events, hello, type Peer } from "../support/socket.ts";

/** What a start answers, as far as these tests look. */
interface Answer {
  readonly data: { readonly command: { readonly id: string; readonly state: string } };
  readonly error: string;
}

/** How long a loaded machine may take for all that a kernel does not keep for a reader. */
const MEGABYTES_MS = 240_000;

let stage: Stage;
let agent: Peer;
let secret: unknown;
beforeEach(async () => {
  stage = await startStage();
  agent = await dial(stage.supervisor.port);
  agent.send(hello());
  ({ secret } = await agent.next("welcome"));
});
afterEach(() => stage[Symbol.asyncDispose]());

async function start(body: object = {}, headers: Record<string, string> = {}) {
  const response = await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", ...body }, headers);
  return { status: response.status, body: (await response.json()) as Answer };
}

function outcome(seq: number, commandId: unknown, sessionId = "ses_one"): object {
  return event(
    seq,
    "command.succeeded",
    { commandId, output: { sessionId, messageId: "msg_1" } },
    { session: undefined, sourceKey: `command/${String(commandId)}/outcome` },
  );
}

describe("commands", () => {
  it("go to the node at once and answer with its outcome", async () => {
    const asked = start();
    const command = await agent.next("command");
    expect(command).toMatchObject({ command: "session.start", args: { project: "p1", prompt: "hi" } });
    agent.send(events(event(1, "command.running", { commandId: command["id"] }), outcome(2, command["id"])));
    expect((await asked).body).toMatchObject({
      data: { command: { state: "succeeded" }, session_id: "ses_one", message_id: "msg_1" },
    });
  });

  it("carry what is left of their time, each time that they are sent", async () => {
    let now = 1_000_000;
    await using own = await startStage({}, {}, { clock: { now: () => now, monotonic: () => performance.now() } });
    const peer = await dial(own.supervisor.port);
    peer.send(hello());
    const welcome = await peer.next("welcome");
    await own.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
    expect(await peer.next("command")).toMatchObject({ remainingMs: 300_000 });
    peer.close();
    await peer.closed;
    now += 60_000;
    const back = await dial(own.supervisor.port);
    back.send(hello({ secret: welcome["secret"], connection: 2 }));
    expect(await back.next("command")).toMatchObject({ remainingMs: 240_000 });
  });

  it("have an end in the audit where the supervisor stops while somebody waits for them", async () => {
    const asked = start().catch((error: unknown) => error); // its connection may end before the answer
    await agent.next("command");
    await stage.restart();
    await asked;
    const { data } = (await (await stage.get("/api/v1/audit?action=sessions.start")).json()) as {
      readonly data: readonly { readonly result: string }[];
    };
    expect(data.map(({ result }) => result)).toEqual(["ok"]);
    expect(stage.lines.filter((line) => line.includes("could not be written"))).toEqual([]);
  });

  // I5
  it("coalesce under one idempotency key, and refuse another payload under it", async () => {
    const first = start({}, { "idempotency-key": "k" });
    const second = start({}, { "idempotency-key": "k" });
    const command = await agent.next("command");
    agent.send(events(outcome(1, command["id"])));
    const [a, b] = await Promise.all([first, second]);
    expect(a.body.data.command.id).toBe(b.body.data.command.id);
    expect(await start({ prompt: "other" }, { "idempotency-key": "k" })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT" },
    });
  });

  it("wait, visibly, for a node that is away, are sent when it comes, and sent again until they have an outcome", async () => {
    agent.close();
    await agent.closed;
    const queued = await start({ wait_ms: 0 });
    expect(queued.body).toMatchObject({
      data: { command: { state: "queued", reason: expect.stringContaining("its node is") } },
    });
    const id = queued.body.data.command.id;

    for (const connection of [2, 3]) {
      agent = await dial(stage.supervisor.port);
      agent.send(hello({ secret, connection }));
      expect(await agent.next("command")).toMatchObject({ id });
      if (connection === 2) {
        agent.close();
        await agent.closed;
      }
    }
    agent.send(events(outcome(1, id)));
    await agent.next("ack");
    const got = await (await stage.get(`/api/v1/commands/${id}`)).json();
    expect(got).toMatchObject({ data: { state: "succeeded" } });
  });

  it(
    "wait for an agent that reads slowly, and come in order, whatever they weigh",
    { timeout: MEGABYTES_MS },
    async () => {
      agent.pause();
      const prompt = "x".repeat(500_000);
      const ids: string[] = [];
      // more than the kernel holds for both of them
      for (let at = 0; at < 40; at += 1) ids.push((await start({ prompt, wait_ms: 0 })).body.data.command.id);
      const cancelled = stage.send("POST", `/api/v1/commands/${String(ids.at(-1))}/cancel`, {});
      agent.resume();
      expect(await agent.next("command")).toMatchObject({ id: ids[0] });
      expect(agent.count("cancel")).toBe(0);
      for (const id of ids.slice(1)) expect(await agent.next("command")).toMatchObject({ id, args: { prompt } });
      expect(await agent.next("cancel")).toMatchObject({ id: ids.at(-1) });
      agent.send(events(outcome(1, ids.at(-1))));
      expect(await (await cancelled).json()).toMatchObject({ data: { state: "succeeded" } });
    },
  );

  it(
    "cut off an agent that says that it lives and reads nothing, and reach it when it is back",
    { timeout: MEGABYTES_MS },
    async () => {
      await using fast = await startStage({ heartbeat_interval_sec: 1 });
      const deaf = await dial(fast.supervisor.port);
      deaf.send(hello());
      const welcome = await deaf.next("welcome");
      deaf.pause();
      const beat = { type: "heartbeat", at: 1, opencode: { state: "up", since: 1 }, outbox: { depth: 0 } };
      let speaker = deaf;
      const alive = setInterval(() => speaker.send(beat), 50);
      const body = { project: "p1", prompt: "x".repeat(500_000), wait_ms: 0 };
      for (let at = 0; at < 40; at += 1) await fast.send("POST", "/api/v1/sessions", body);
      await expect
        .poll(async () => (await fast.get("/api/v1/nodes")).json(), { timeout: MEGABYTES_MS })
        .toMatchObject({ data: [{ status: "offline", reason: expect.stringContaining("does not read") }] });
      deaf.close();
      const back = await dial(fast.supervisor.port);
      back.send(hello({ secret: welcome["secret"], connection: 2 }));
      speaker = back;
      for (let at = 0; at < 40; at += 1) await back.next("command");
      clearInterval(alive);
      back.close();
    },
  );

  it("survive a restart of the supervisor", async () => {
    agent.close();
    await agent.closed;
    const { body } = await start({ wait_ms: 0 });
    await stage.restart();
    agent = await dial(stage.supervisor.port);
    agent.send(hello({ secret, instance: "run-2" }));
    expect(await agent.next("command")).toMatchObject({ id: body.data.command.id });
  });

  it("expire while they are queued, when their deadline has passed", async () => {
    agent.close();
    await agent.closed;
    const { body } = await start({ deadline_ms: 1_000, wait_ms: 60_000 });
    expect(body).toMatchObject({
      data: { command: { state: "expired", reason: expect.stringContaining("not connected before the deadline") } },
    });
  });

  it("that were sent do not expire: the node's outcome counts, however late it is", async () => {
    const asked = start({ deadline_ms: 1_000, wait_ms: 2_500 });
    const { id } = await agent.next("command");
    expect((await asked).body).toMatchObject({ data: { command: { id, state: "sent" } } });
    agent.send(events(outcome(1, id)));
    await agent.next("ack");
    expect(await (await stage.get(`/api/v1/commands/${String(id)}`)).json()).toMatchObject({
      data: { state: "succeeded" },
    });
  });

  // I5
  it("have the outcome that their own node tells, not what another one claims", async () => {
    const asked = start();
    const { id } = await agent.next("command");
    const other = await dial(stage.supervisor.port);
    const node = { id: "01900000-0000-7000-8000-00000000000b", hostname: "b", version: "0", os: "linux", arch: "x64" };
    other.send(hello({ node, projects: [] }));
    await other.next("welcome");
    other.send(events(outcome(1, id, "ses_wrong")));
    await other.next("ack");
    agent.send(events(outcome(1, id, "ses_right")));
    expect((await asked).body).toMatchObject({ data: { command: { state: "succeeded" }, session_id: "ses_right" } });
  });

  it("that would not fit into a frame are refused, and the link stays", async () => {
    const room = 1024 * 1024 - 200;
    expect(await start({ prompt: "x".repeat(room) })).toMatchObject({
      status: 413,
      body: { code: "PAYLOAD_TOO_LARGE" },
    });
    const asked = start({ prompt: "y".repeat(1000 * 1024 - 100) });
    const command = await agent.next("command");
    expect(Buffer.byteLength(JSON.stringify(command))).toBeLessThan(1024 * 1024);
    agent.send(events(outcome(1, command["id"])));
    expect((await asked).status).toBe(200);
  });

  it.each([
    [{ project: "nope" }, 404, "NOT_FOUND", "no project nope; there are: p1"],
    [{ project: "" }, 400, "VALIDATION_ERROR", "say in which project"],
    [{ model: "gpt" }, 400, "VALIDATION_ERROR", "a model is written provider/model"],
  ])("refuse %j in one sentence", async (changes, status, code, text) => {
    const refused = await start(changes);
    expect(refused).toMatchObject({ status, body: { code } });
    expect(refused.body.error).toContain(text);
  });
});

describe("interactions", () => {
  it("are listed until they are answered, once, and name who answered", async () => {
    const asked = { interactionId: "per_1", kind: "permission", summary: "bash: git push", askedAt: Date.now() };
    agent.send(
      events(
        event(1, "session.busy"),
        event(2, "interaction.asked", asked),
        event(3, "session.waiting", { interactionId: "per_1" }),
      ),
    );
    await agent.next("ack");
    expect(await (await stage.get("/api/v1/sessions")).json()).toMatchObject({
      data: [{ status: "waiting", reason: expect.stringContaining("git push") }],
    });

    const answering = stage.send("POST", "/api/v1/interactions/per_/answer", { reply: "once" });
    const command = await agent.next("command");
    expect(command).toMatchObject({
      command: "interaction.answer",
      args: { interactionId: "per_1", reply: "once", kind: "permission" },
    });
    const commandId = command["id"];
    agent.send(
      events(
        event(4, "interaction.answered", { interactionId: "per_1", reply: "once", commandId }),
        event(5, "command.succeeded", { commandId, output: { interactionId: "per_1" } }),
      ),
    );
    expect(await (await answering).json()).toMatchObject({
      data: { interaction: { state: "answered", answered_by: "shared-token" } },
    });
    const twice = await stage.send("POST", "/api/v1/interactions/per_1/answer", { reply: "reject" });
    expect(twice.status).toBe(409);
    expect(await twice.json()).toMatchObject({
      error: expect.stringContaining("closed already: allowed once by shared-token"),
    });
  });
});

describe("commands that nobody needs, or that nobody remembers", () => {
  it("are cancelled while they wait for their node, once and for good", async () => {
    agent.close();
    await agent.closed;
    const { id } = (await start({ wait_ms: 0 })).body.data.command;
    const cancelled = await stage.send("POST", `/api/v1/commands/${id}/cancel`, {});
    expect(await cancelled.json()).toMatchObject({ data: { state: "cancelled" } });
    const again = await stage.send("POST", `/api/v1/commands/${id}/cancel`, {});
    expect(await again.json()).toMatchObject({ data: { state: "cancelled" } });
    agent = await dial(stage.supervisor.port);
    agent.send(hello({ secret, connection: 2 }));
    const { id: next } = (await start({ wait_ms: 0 })).body.data.command;
    expect(await agent.next("command")).toMatchObject({ id: next });
    expect((await stage.send("POST", "/api/v1/commands/cmd_nothing/cancel", {})).status).toBe(404);
  });

  it("that were sent are cancelled by their node, which hears of it again after each reconnect", async () => {
    const asked = start({ wait_ms: 60_000 });
    const { id } = await agent.next("command");
    void stage.send("POST", `/api/v1/commands/${String(id)}/cancel`, { wait_ms: 0 });
    expect(await agent.next("cancel")).toMatchObject({ id });
    agent.close();
    await agent.closed;
    agent = await dial(stage.supervisor.port);
    agent.send(hello({ secret, connection: 2 }));
    expect(await agent.next("cancel")).toMatchObject({ id });
    const told = event(
      1,
      "command.cancelled",
      { commandId: id },
      { session: undefined, sourceKey: `command/${String(id)}/outcome` },
    );
    agent.send(events(told));
    expect((await asked).body).toMatchObject({ data: { command: { state: "cancelled" } } });
  });

  it("that were sent to a life of the agent that is lost fail, and are not done a second time", async () => {
    const asked = start();
    const { id } = await agent.next("command");
    agent.close();
    await agent.closed;
    agent = await connected(stage, {
      secret,
      connection: 2,
      outbox: { epoch: "e2", firstSeq: 0, lastSeq: 0, acked: 0 },
    });
    expect((await asked).body).toMatchObject({
      data: { command: { id, state: "failed", error: { code: "agent_state_lost" } } },
    });
    const { id: next } = (await start({ wait_ms: 0 })).body.data.command;
    expect(await agent.next("command")).toMatchObject({ id: next });
  });
});
