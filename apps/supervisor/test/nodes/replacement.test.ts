import type { AuditView, CommandView, NodeView, SessionView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Replaceable, replacements } from "../../src/capabilities/nodes/domain/replacement.ts";
import { connected, event, events, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const OTHER = "01900000-0000-7000-8000-00000000000b";
const node = (id: string, hostname: string) => ({ id, hostname, version: "0", os: "linux", arch: "x64" });

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function connect(changes: object): Promise<Peer> {
  const peer = await connected(stage, { ...changes });
  return peer;
}

async function tells(peer: Peer, ...all: object[]): Promise<void> {
  peer.send(events(...all));
  await peer.next("ack");
}

async function leave(peer: Peer, id: string): Promise<void> {
  peer.send({ type: "bye", reason: "stopped" });
  peer.close();
  await expect.poll(async () => (await get<NodeView>(`/nodes/${id}`)).status).toBe("offline");
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

async function post(path: string, body: object): Promise<{ readonly status: number; readonly body: Body }> {
  const response = await stage.send("POST", `/api/v1${path}`, body);
  return { status: response.status, body: (await response.json()) as Body };
}

interface Body {
  readonly error?: string;
  readonly data?: Record<string, unknown>;
  readonly details?: { readonly choices: readonly string[] };
}

const started = (seq: number, session = "ses_one"): object =>
  event(seq, "session.started", { title: "t", createdAt: 1, updatedAt: 1 }, { session });
const asked = (seq: number): object =>
  event(seq, "interaction.asked", { interactionId: "per_1", kind: "permission", summary: "s", askedAt: 1 });

describe("two nodes that tell of one session", () => {
  let other: Peer;
  beforeEach(async () => {
    const peer = await connect({ node: node(NODE_ID, "box") });
    await tells(peer, started(1), asked(2), event(3, "session.message", { ...MESSAGE, text: "on box" }));
    other = await connect({ node: node(OTHER, "copy") });
    await tells(other, started(1), asked(2), event(3, "session.message", { ...MESSAGE, text: "on copy" }));
  });
  const MESSAGE = { messageId: "msg_1", role: "assistant", state: "complete", createdAt: 1 };

  it("are told apart by ids where a name cannot be typed", async () => {
    const third = "0199a3c2-7d1e-7c4b-9a51-3f1f0c1d2e99";
    const peer = await connect({ node: node(third, " red\u001B[31m") });
    await tells(peer, started(1));
    const refused = await post("/sessions/ses_one/abort", { wait_ms: 0 });
    expect(refused.body.details?.choices).toEqual(["box/ses_one", "copy/ses_one", `${third}/ses_one`]);
  });

  it("are told apart by choices that can be typed, and are taken at every door", async () => {
    const refused = await post("/sessions/ses_one/abort", { wait_ms: 0 });
    expect(refused.status).toBe(409);
    expect(refused.body.details?.choices).toEqual(["box/ses_one", "copy/ses_one"]);
    for (const verb of ["prompt", "abort", "kill"]) {
      const taken = await post(`/sessions/${encodeURIComponent("copy/ses_one")}/${verb}`, {
        text: "hi",
        anyway: true,
        wait_ms: 0,
      });
      expect([verb, taken.status]).toEqual([verb, 200]);
      expect(await other.next("command")).toMatchObject({ command: `session.${verb}`, args: { sessionId: "ses_one" } });
    }
    const messages = await get<{ text: string }[]>("/sessions/copy%2Fses_one/messages");
    expect(messages.map(({ text }) => text)).toEqual(["on copy"]);
    expect(await get<object>("/why/box%2Fses_one")).toMatchObject({ subject: { id: "ses_one" } });
    expect(await get<SessionView>(`/sessions/${OTHER}%2Fses_o`)).toMatchObject({ node_id: OTHER });
  });

  it("are told apart for interactions, too, and each list keeps to its node", async () => {
    const refused = await post("/interactions/per_1/answer", { reply: "once", wait_ms: 0 });
    expect(refused.body.details?.choices).toEqual(["box/per_1", "copy/per_1"]);
    const taken = await post("/interactions/copy%2Fper_1/answer", { reply: "once", wait_ms: 0 });
    expect(taken.status).toBe(200);
    expect(await other.next("command")).toMatchObject({ command: "interaction.answer" });
    expect(await get<object[]>("/interactions?session=box%2Fses_one")).toMatchObject([{ node_id: NODE_ID }]);
    expect(await get<object[]>("/commands?session=box%2Fses_one")).toEqual([]);
    expect(await get<object[]>("/commands?session=copy%2Fses_one")).toHaveLength(1);
  });

  it("have one that is offline without being replaced still be a choice", async () => {
    await leave(other, OTHER);
    expect((await post("/sessions/ses_one/abort", { wait_ms: 0 })).status).toBe(409);
  });
});

describe("an agent that lost its identity", () => {
  let old: Peer;
  let heir: Peer;
  beforeEach(async () => {
    old = await connect({});
    await tells(old, started(1), started(2, "ses_gone"), event(3, "session.busy"));
    await post("/sessions/ses_one/prompt", { text: "hi", anyway: true, wait_ms: 0 });
    await old.next("command");
    await leave(old, NODE_ID);
    await post("/sessions/ses_one/abort", { wait_ms: 0 });
    heir = await connect({ node: node(OTHER, "box"), outbox: { epoch: "e9", firstSeq: 0, lastSeq: 0, acked: 0 } });
    heir.send({ type: "events", epoch: "e9", events: [started(1)] });
    await heir.next("ack");
  });

  it("is the replacement of the node that it was, and is meant wherever one of both is", async () => {
    const nodes = await get<NodeView[]>("/nodes");
    expect(nodes.find(({ id }) => id === NODE_ID)).toMatchObject({
      replaced_by: OTHER,
      reason: expect.stringContaining(`halctl nodes replace ${NODE_ID} ${OTHER}`),
    });
    expect(nodes.find(({ id }) => id === OTHER)).toMatchObject({ replaced_by: null });
    expect(await get<NodeView>("/nodes/box")).toMatchObject({ id: OTHER });
    expect(await get<SessionView>("/sessions/ses_one")).toMatchObject({ node_id: OTHER });
    await post("/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
    expect(await heir.next("command")).toMatchObject({ command: "session.start" });
  });

  it("takes its place by one command: what was sent ends, what was queued is sent, sessions move, and it is audited", async () => {
    const { status, body } = await post(`/nodes/${NODE_ID}/replace`, { by: "box" });
    expect([status, body.data]).toMatchObject([200, { sessions: 2, commands: 1, node: { id: OTHER } }]);
    expect((await get<NodeView[]>("/nodes")).map(({ id }) => id)).toEqual([OTHER]);
    expect(await heir.next("command")).toMatchObject({ command: "session.abort" });
    const ended = await get<{ error: { code: string } }[]>("/commands?state=failed");
    expect(ended.map(({ error }) => error.code)).toEqual(["agent_state_lost"]);
    const sessions = await get<SessionView[]>("/sessions");
    expect(sessions.map(({ id, node_id: of }) => `${of}/${id}`).toSorted()).toEqual([
      `${OTHER}/ses_gone`,
      `${OTHER}/ses_one`,
    ]);
    expect(sessions.find(({ id }) => id === "ses_gone")).toMatchObject({
      status: "unreachable",
      reason: expect.stringMatching(/^unreachable: .* the new one has not told of it$/),
    });
    expect(await get<object[]>("/events?type=node.removed")).toMatchObject([
      { node_id: NODE_ID, data: { hostname: "box", replacedBy: OTHER } },
    ]);
    expect(await get<AuditView[]>("/audit?action=nodes.replace")).toMatchObject([
      { target: NODE_ID, args: { by: "box" }, result: "ok" },
    ]);
  });

  it("takes the place of no node that is connected, nor of one that is like it in nothing, unless that is said", async () => {
    const third = await connect({ node: node("01900000-0000-7000-8000-00000000000c", "elsewhere") });
    expect((await post("/nodes/elsewhere/replace", { by: OTHER })).body.error).toContain("is connected");
    await leave(third, "elsewhere");
    const refused = await post("/nodes/elsewhere/replace", { by: OTHER });
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringContaining("--unlike")]);
    expect((await post("/nodes/elsewhere/replace", { by: OTHER, unlike: true })).status).toBe(200);
  });
});

describe("a node that is removed", () => {
  it("takes its sessions with it and ends its commands; one that is connected only where that is said", async () => {
    const peer = await connect({});
    await tells(peer, started(1), asked(2));
    await post("/sessions/ses_one/prompt", { text: "hi", anyway: true, wait_ms: 0 });
    const refused = await post("/nodes/box/remove", {});
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringContaining("is connected")]);
    expect(await post("/nodes/box/remove", { online: true })).toMatchObject({
      status: 200,
      body: { data: { id: NODE_ID, sessions: 1, commands: 1 } },
    });
    expect((await peer.closed).code).toBe(1008);
    expect([await get("/nodes"), await get("/sessions"), await get("/interactions")]).toEqual([[], [], []]);
    expect(await get<object[]>("/commands?state=failed")).toMatchObject([{ error: { code: "agent_state_lost" } }]);
    expect(await get<AuditView[]>("/audit?action=nodes.remove&result=ok")).toMatchObject([{ target: "box" }]);
    // whoever comes with its identity is a new node, and its log was not restored
    const again = await connect({ outbox: { epoch: "e1", firstSeq: 3, lastSeq: 2, acked: 2 } });
    await tells(again, event(3, "session.busy"));
    expect(await get<NodeView[]>("/nodes")).toMatchObject([{ id: NODE_ID, status: "online" }]);
    expect(await get("/events?type=gap")).toEqual([]);
  });
});

describe("what waits for a node that is removed", () => {
  it("is over, a stop that has no deadline as well, and says that its node was removed", async () => {
    const peer = await connect({});
    await tells(peer, started(1), event(2, "session.busy"));
    await leave(peer, NODE_ID);
    const asks = { abort: {}, kill: {}, prompt: { text: "hi" } };
    for (const [verb, body] of Object.entries(asks)) await post(`/sessions/ses_one/${verb}`, { ...body, wait_ms: 0 });
    expect(await get<{ stops_waiting: number }>("/status")).toMatchObject({ stops_waiting: 2 });
    expect((await post("/nodes/box/remove", {})).body.data).toMatchObject({ commands: 3 });
    const ended = await get<CommandView[]>("/commands");
    const reason = "cancelled before it began: its node was removed";
    const end = ["cancelled", reason, "cancelled"];
    expect(Object.fromEntries(ended.map((one) => [one.type, [one.state, one.reason, one.error?.code]]))).toEqual({
      "session.abort": end,
      "session.kill": end,
      "session.prompt": end,
    });
    expect(await get<object[]>("/events?type=command.cancelled")).toHaveLength(3);
    expect(await get<{ stops_waiting: number }>("/status")).toMatchObject({ stops_waiting: 0 });
  });

  it("counts among what came to an end, like what was sent there", async () => {
    const peer = await connect({});
    await tells(peer, started(1), event(2, "session.busy"));
    await post("/sessions/ses_one/prompt", { text: "hi", anyway: true, wait_ms: 0 });
    await peer.next("command");
    await leave(peer, NODE_ID);
    await post("/sessions/ses_one/kill", { wait_ms: 0 });
    await post("/nodes/box/remove", {});
    const counted = await (await stage.get("/metrics")).text();
    for (const sample of [
      'commands_total{type="session.prompt",status="failed"} 1',
      'commands_total{type="session.kill",status="cancelled"} 1',
      'events_total{type="command.failed"} 1',
      'events_total{type="command.cancelled"} 1',
    ])
      expect(counted).toContain(`hal_o_swarm_${sample}`);
  });

  it("is told so to whoever waits for it", async () => {
    const peer = await connect({});
    await tells(peer, started(1), event(2, "session.busy"));
    await leave(peer, NODE_ID);
    const killing = post("/sessions/ses_one/kill", { wait_ms: 20_000 });
    await expect.poll(async () => (await get<object[]>("/commands?state=queued")).length).toBe(1);
    await post("/nodes/box/remove", {});
    expect((await killing).body.data?.["command"]).toMatchObject({
      state: "cancelled",
      reason: expect.stringContaining("its node was removed"),
    });
  });
});

describe("who has taken whose place", () => {
  const box: Replaceable = {
    id: "a",
    hostname: "box",
    projects: [{ name: "p", directory: "/srv/p" }],
    firstSeenAt: 1,
    lastHeartbeatAt: 10,
    isConnected: false,
  };
  const heir: Replaceable = { ...box, id: "b", firstSeenAt: 10, lastHeartbeatAt: 20, isConnected: true };

  it.each<[string, Replaceable[], [string, string][]]>([
    ["a later one of the same host with a project in the same place", [box, heir], [["a", "b"]]],
    ["nobody's where the old one is connected", [{ ...box, isConnected: true }, heir], []],
    ["nobody's on another host", [box, { ...heir, hostname: "other" }], []],
    ["nobody's with other projects", [box, { ...heir, projects: [{ name: "p", directory: "/q" }] }], []],
    ["nobody's where the old one was heard of later", [{ ...box, lastHeartbeatAt: 11 }, heir], []],
    [
      "the newest one's of several",
      [box, heir, { ...heir, id: "c", firstSeenAt: 30, isConnected: true }],
      [["a", "c"]],
    ],
    [
      "nobody's that came before",
      [
        { ...box, lastHeartbeatAt: null },
        { ...heir, firstSeenAt: 0 },
      ],
      [],
    ],
  ])("is %s", (_name, nodes, expected) => {
    expect([...replacements(nodes)]).toEqual(expected);
  });
});
