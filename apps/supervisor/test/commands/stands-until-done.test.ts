import {
  type CommandView,
  type InteractionView,
  NO_DEADLINE_MS,
  type SessionView,
  type StopAllView,
} from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { started, Teller } from "../support/teller.ts";

let stage: Stage;
let agent: Peer;
let secret: unknown;
let teller: Teller;

beforeEach(async () => {
  stage = await startStage();
  agent = await dial(stage.supervisor.port);
  teller = new Teller(agent);
  agent.send(hello({ features: ["stop"] }));
  secret = (await agent.next("welcome"))["secret"];
});
afterEach(() => stage[Symbol.asyncDispose]());

const tell: Teller["tell"] = (...list) => teller.tell(...list);

interface Answered<T> {
  readonly status: number;
  readonly body: { readonly data: T; readonly error?: string; readonly details?: { readonly choices?: string[] } };
}

async function post<T>(path: string, body: object = {}): Promise<Answered<T>> {
  const response = await stage.send("POST", `/api/v1${path}`, body);
  return { status: response.status, body: (await response.json()) as Answered<T>["body"] };
}

async function read<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

async function atWork(...ids: string[]): Promise<void> {
  for (const id of ids) await tell([id, "session.started", started()], [id, "session.busy"]);
}

async function leaves(): Promise<void> {
  agent.send({ type: "bye", reason: "stopped" });
  agent.close();
  await agent.closed;
  await expect
    .poll(async () => (await read<{ status: string }[]>("/nodes")).map(({ status }) => status))
    .toEqual(["offline"]);
}

async function comesBack(connection = 2): Promise<void> {
  agent = await dial(stage.supervisor.port);
  teller.agent = agent;
  const { seq } = teller;
  agent.send(
    hello({ secret, connection, features: ["stop"], outbox: { epoch: "e1", firstSeq: 1, lastSeq: seq, acked: seq } }),
  );
}

type Made = { readonly command: CommandView };

describe("what stops something", () => {
  it("waits for its node without a deadline, is shown meanwhile, and goes out before anything else", async () => {
    await atWork("ses_a");
    await leaves();
    const { command: start } = (await post<Made>("/sessions", { project: "p1", prompt: "hi", wait_ms: 0 })).body.data;
    const { command: kill } = (await post<Made>("/sessions/ses_a/kill", { wait_ms: 0 })).body.data;
    expect(kill).toMatchObject({ state: "queued", deadline_at: null });
    const again = (await post<Made>("/sessions/ses_a/kill", { wait_ms: 0 })).body.data.command;
    expect(again.id).toBe(kill.id);
    const shown = await read<SessionView>("/sessions/ses_a");
    expect(shown).toMatchObject({
      reason: expect.stringMatching(/; a kill was asked by shared-token \d+ s ago and waits for node box$/),
      asked: [{ command_id: kill.id, type: "session.kill", actor: "shared-token" }],
    });
    expect((await read<SessionView[]>("/sessions"))[0]?.reason).toMatch(/; a kill was asked by .* waits for node box$/);
    expect(await (await stage.get("/api/v1/why/ses_a")).text()).toContain("a kill was asked by");
    expect(await read("/status")).toMatchObject({ commands_in_flight: 2, stops_waiting: 1 });
    await comesBack();
    expect(await agent.next("command")).toMatchObject({ id: kill.id, remainingMs: NO_DEADLINE_MS });
    expect(await agent.next("command")).toMatchObject({ id: start.id });
    await tell([
      undefined,
      "command.succeeded",
      { commandId: kill.id, output: { sessionId: "ses_a", ended: ["ses_a"] } },
    ]);
    expect((await read<SessionView>("/sessions/ses_a")).asked).toEqual([]);
    expect(await read("/status")).toMatchObject({ stops_waiting: 0 });
  });

  it("is taken back by a cancel, and a later one is another", async () => {
    await atWork("ses_a");
    await leaves();
    const { command } = (await post<Made>("/sessions/ses_a/abort", { wait_ms: 0 })).body.data;
    await post(`/commands/${command.id}/cancel`);
    const later = (await post<Made>("/sessions/ses_a/abort", { wait_ms: 0 })).body.data.command;
    expect(later.id).not.toBe(command.id);
  });

  it("is not done to one of several sessions that nobody named", async () => {
    await atWork("ses_a", "ses_b");
    const refused = await post("/sessions/p1/kill", { wait_ms: 0 });
    expect(refused).toMatchObject({ status: 409, body: { error: expect.stringContaining("say which to kill") } });
    expect(refused.body.details?.choices?.toSorted()).toEqual(["ses_a", "ses_b"]);
    // whoever is to be asked first learns the same without anything being done
    const asked = await stage.get("/api/v1/sessions/p1?for=kill");
    expect({ status: asked.status, body: await asked.json() }).toEqual(refused);
    expect(await read<SessionView>("/sessions/ses_a?for=kill")).toMatchObject({ id: "ses_a" });
    void post("/sessions/ses_a/kill", { wait_ms: 0 });
    expect(await agent.next("command")).toMatchObject({ command: "session.kill", args: { sessionId: "ses_a" } });
  });
});

describe("sessions.stopAll with an agent that asks its opencode", () => {
  const stopAll = async (body: object = {}): Promise<StopAllView> =>
    (await post<StopAllView>("/sessions/stop-all", body)).body.data;

  it("tells what opencode said, whatever the records say of structure and of what is at work", async () => {
    await tell(["ses_a", "session.started", started("ses_b")], ["ses_a", "session.busy"]);
    await tell(["ses_b", "session.started", started("ses_a")], ["ses_b", "session.busy"]);
    const asked = stopAll();
    const { id, command } = await agent.next("command");
    expect(command).toBe("node.stop");
    const one = (sessionId: string, result: string) => ({
      sessionId,
      project: "p1",
      result,
      reason: `it is ${result}`,
    });
    await tell(["ses_a", "session.idle", { aborted: true }], ["ses_b", "session.idle", { aborted: true }]);
    const output = {
      sessions: [one("ses_a", "stopped"), one("ses_unseen", "stopped"), one("ses_hangs", "working")],
      failing: [{ directory: "/srv/p2", project: "p2", reason: "it answered 500" }],
    };
    await tell([undefined, "command.succeeded", { commandId: id, output }]);
    const { sessions, unknown } = await asked;
    expect(Object.fromEntries(sessions.map((row) => [row.session_id, row.stopped]))).toEqual({
      ses_a: true,
      // by its record it was at work, and opencode does not say so
      ses_b: true,
      ses_unseen: true,
      ses_hangs: false,
    });
    // no stop waits there: it is done
    const reason = expect.stringContaining("it answered 500");
    expect(unknown).toMatchObject([{ node: "box", project: "p2", reason, command_id: null }]);
  });

  it("names what had begun and was kept from prompting, by what its node says or by how it ended, and waits for no more of it", async () => {
    const start = async (): Promise<string> => {
      const made = post("/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
      const { id } = await agent.next("command");
      await made;
      await tell([undefined, "command.running", { commandId: id }]);
      return String(id);
    };
    const [said, ended] = [await start(), await start()];
    const asked = stopAll();
    const { id: first } = await agent.next("command");
    const output = { sessions: [], failing: [], kept: [said] };
    await tell([undefined, "command.succeeded", { commandId: first, output }]);
    const error = { code: "cancelled", message: "everything was stopped before its prompt reached opencode" };
    await tell([undefined, "command.failed", { commandId: ended, error }]);
    const { id: second } = await agent.next("command");
    await tell([undefined, "command.succeeded", { commandId: second, output: { sessions: [], failing: [] } }]);
    expect(await asked).toEqual({
      sessions: [],
      unknown: [],
      cancelled: [],
      kept: [said, ended].map((id) => ({ command_id: id, node: "box", project: "p1" })),
    });
  });

  it("takes no node's word for what another one keeps from prompting", async () => {
    const made = post("/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
    const { id: start } = await agent.next("command");
    await made;
    await tell([undefined, "command.running", { commandId: start }]);
    const node = {
      id: "01900000-0000-7000-8000-00000000000f",
      hostname: "liar",
      version: "0.1.0",
      os: "linux",
      arch: "x64",
    };
    const liar = await connected(stage, { node, features: ["stop"], projects: [] });
    const asked = stopAll();
    const { id: lied } = await liar.next("command");
    const output = { sessions: [], failing: [], kept: [start] };
    liar.send(events(event(1, "command.succeeded", { commandId: lied, output }, { session: undefined })));
    await liar.next("ack");
    const { id: first } = await agent.next("command");
    await tell([undefined, "command.succeeded", { commandId: first, output: { sessions: [], failing: [] } }]);
    await tell([undefined, "command.succeeded", { commandId: start, output: { sessionId: "ses_1", messageId: "m" } }]);
    const { id: second } = await agent.next("command");
    await tell([undefined, "command.succeeded", { commandId: second, output: { sessions: [], failing: [] } }]);
    expect(await asked).toMatchObject({ kept: [] });
  });

  it("says of a node that is away that it is not known, and the stop stands there once", async () => {
    await leaves();
    const first = await stopAll();
    expect(first).toMatchObject({
      sessions: [],
      unknown: [{ node: "box", reason: expect.stringContaining("not stopped yet") }],
    });
    const again = await stopAll();
    expect(again.unknown[0]?.command_id).toBe(first.unknown[0]?.command_id);
    await comesBack();
    expect(await agent.next("command")).toMatchObject({ id: first.unknown[0]?.command_id, command: "node.stop" });
    expect(agent.count("command")).toBe(0);
  });
});

describe("an answer that waits for its node", () => {
  const question = { interactionId: "per_1", kind: "permission", summary: "bash: git push", askedAt: 1 };

  beforeEach(async () => {
    await atWork("ses_a");
    await tell(["ses_a", "interaction.asked", question]);
    await leaves();
  });

  it("is shown with who gave it and until when, and a second person hears of it", async () => {
    const first = await post<Made & { interaction: InteractionView }>("/interactions/per_1/answer", {
      reply: "once",
      wait_ms: 0,
    });
    const [shown] = await read<InteractionView[]>("/interactions");
    expect(shown).toMatchObject({
      state: "open",
      reason: expect.stringMatching(/shared-token answered once, which waits for its node until /),
      under_way: { command_id: first.body.data.command.id, reply: "once", until: first.body.data.command.deadline_at },
    });
    expect(await (await stage.get("/api/v1/why/ses_a")).text()).toContain("shared-token answered once");
    const other = await post("/interactions/per_1/answer", { reply: "reject", wait_ms: 0 });
    expect(other).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining("shared-token has answered it already (once)") },
    });
    const same = await post<Made>("/interactions/per_1/answer", { reply: "once", wait_ms: 0 });
    expect(same.body.data.command.id).toBe(first.body.data.command.id);
  });

  it("that expired is told as that", async () => {
    const { body } = await post<Made>("/interactions/per_1/answer", {
      reply: "once",
      deadline_ms: 1_000,
      wait_ms: 60_000,
    });
    expect(body.data.command.state).toBe("expired");
    const [shown] = await read<InteractionView[]>("/interactions");
    expect(shown).toMatchObject({ reason: expect.stringContaining("that expired"), under_way: null });
    await comesBack();
    await agent.next("welcome");
    expect(agent.count("command")).toBe(0);
  });
});

describe("how long an answer waits", () => {
  it.each<[string, rest: Record<string, unknown>, body: object, ms: number]>([
    ["five minutes", {}, {}, 300_000],
    ["what the setting says", { interactions: { answer_timeout_seconds: 42 } }, {}, 42_000],
    ["what its giver says", { interactions: { answer_timeout_seconds: 42 } }, { deadline_ms: 7_000 }, 7_000],
  ])("is %s, at the start and when it was read again", async (_, rest, body, ms) => {
    for (const isReloaded of [false, true]) {
      await using own = await startStage({}, isReloaded ? {} : rest);
      Object.assign(own.written, rest);
      if (isReloaded) await own.supervisor.reload();
      expect(await answerDeadlineMs(own, body)).toBe(ms);
    }
  });

  async function answerDeadlineMs(own: Stage, body: object): Promise<number> {
    const peer = await connected(own);
    peer.send(
      events(
        event(1, "session.started", started()),
        event(2, "interaction.asked", { interactionId: "per_1", kind: "permission", summary: "ls", askedAt: 1 }),
      ),
    );
    await peer.next("ack");
    const response = await own.send("POST", "/api/v1/interactions/per_1/answer", {
      reply: "once",
      wait_ms: 0,
      ...body,
    });
    const { command } = ((await response.json()) as { data: Made }).data;
    return Date.parse(command.deadline_at ?? "") - Date.parse(command.created_at);
  }
});

describe("an idempotency key", () => {
  it("goes to the node as a hash, with what was asked, and is the same when it is asked again", async () => {
    const headers = { "Idempotency-Key": "k-1" };
    const start = (prompt: string) =>
      stage.send("POST", "/api/v1/sessions", { project: "p1", prompt, wait_ms: 0 }, headers);
    await start("hi");
    const { key } = await agent.next("command");
    expect(key).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      payload: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await start("another")).status).toBe(409);
    expect((await stage.send("POST", "/api/v1/sessions/stop-all", { wait_ms: 0 }, headers)).status).toBe(200);
  });
});
