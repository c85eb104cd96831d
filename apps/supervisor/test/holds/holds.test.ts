import { copyFile } from "node:fs/promises";
import type { CommandReply, CommandView, HoldBrief, KeptHoldView, NodeView, StatusView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const OTHER = "01900000-0000-7000-8000-00000000000b";
const HOLDS = ["stop", "hold"];

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
  connections = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

let connections: number;

interface Came {
  readonly agent: Peer;
  readonly secret: string | undefined;
  /** what it was told to hold */
  readonly told: readonly HoldBrief[] | undefined;
}

/** An agent comes, and is told what is held behind its welcome. */
async function come(changes: Record<string, unknown> = {}, name = "box"): Promise<Came> {
  const { id = NODE_ID, features = HOLDS, ...rest } = changes;
  const agent = await dial(stage.supervisor.port);
  const node = { id, hostname: name, version: "0.1.0", os: "linux", arch: "x64" };
  connections += 1;
  agent.send(hello({ node, instance: `run-${connections}`, features, ...rest }));
  const { secret } = await agent.next("welcome");
  const told = (features as string[]).includes("hold") ? (await agent.next("update"))["holds"] : undefined;
  return { agent, secret: secret as string | undefined, told: told as HoldBrief[] | undefined };
}

async function leave(agent: Peer, id = NODE_ID): Promise<void> {
  agent.close();
  await agent.closed;
  await expect.poll(async () => (await get<NodeView>(`/nodes/${id}`)).status).not.toBe("online");
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly code?: string;
  readonly error?: string;
}

async function post<T>(path: string, body: object, key?: string): Promise<Answer<T>> {
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key };
  const response = await stage.send("POST", `/api/v1${path}`, body, headers);
  return { ...((await response.json()) as object), status: response.status } as Answer<T>;
}

interface Stopped {
  readonly holds: KeptHoldView[];
  readonly cancelled: string[];
}
const hold = (body: object = {}, key?: string) =>
  post<Stopped>("/sessions/stop-all", { hold: true, wait_ms: 0, ...body }, key);
const start = (body: object = {}) =>
  post<CommandReply>("/sessions", { project: "p1", prompt: "hi", wait_ms: 0, ...body });
const release = (body: object, key?: string) =>
  post<{ released: KeptHoldView[]; remaining: KeptHoldView[] }>("/holds/release", body, key);

describe("a hold", () => {
  it("is told to its node before the stop, and refuses what would begin with the command that releases it", async () => {
    const { agent, told } = await come();
    expect(told).toEqual([]);
    const frames: string[] = [];
    const update = agent.next("update").then((frame) => (frames.push("update"), frame));
    const command = agent.next("command").then(({ command: type }) => frames.push(String(type)));
    const { data } = await hold();
    const { holds } = await update;
    await command;
    expect(frames).toEqual(["update", "node.stop"]);
    expect(holds).toEqual([{ id: data.holds[0]?.id, scope: "fleet", since: expect.any(Number), by: "shared-token" }]);
    expect(data.holds).toMatchObject([
      { node: null, project: null, by: "shared-token", release: "halctl release --all", lacking: [{ node: "box" }] },
    ]);
    expect(await start()).toMatchObject({
      status: 409,
      code: "HELD",
      error: expect.stringMatching(
        /^shared-token holds the fleet for .* nothing begins until .*: halctl release --all$/,
      ),
    });
    agent.send({ type: "heartbeat", opencode: { state: "up", since: 1 }, holds: [data.holds[0]?.id] });
    await expect.poll(async () => (await get<KeptHoldView[]>("/holds"))[0]?.lacking).toEqual([]);
    expect(agent.count("command")).toBe(0);
  });

  it("refuses a prompt, and neither an abort nor what only reads", async () => {
    const { agent } = await come();
    agent.send(
      events(
        event(1, "session.started", { title: "t", createdAt: 1, updatedAt: 1 }, { sourceKey: "k/1" }),
        event(2, "session.idle", {}, { sourceKey: "k/2" }),
      ),
    );
    await agent.next("ack");
    await hold();
    expect(await post("/sessions/ses_one/prompt", { text: "go on", wait_ms: 0 })).toMatchObject({
      status: 409,
      code: "HELD",
    });
    expect(await post("/sessions/ses_one/abort", { wait_ms: 0 })).toMatchObject({ status: 200 });
    expect(await post("/sessions/ses_one/kill", { wait_ms: 0 })).toMatchObject({ status: 200 });
    expect(await post(`/nodes/${NODE_ID}/check`, { wait_ms: 0 })).toMatchObject({ status: 200 });
  });

  it("is shown where people look", async () => {
    await come();
    await hold({ node: "box", project: "p1" });
    const text = "shared-token holds project p1 on node box";
    const typed = "halctl release --node box --project p1";
    expect((await get<StatusView>("/status")).holds).toMatchObject([{ node: "box", project: "p1", release: typed }]);
    const node = await get<NodeView>(`/nodes/${NODE_ID}`);
    expect(node.holds).toMatchObject([{ release: typed }]);
    expect(node.reason).toContain(`${text}: ${typed}`);
    for (const ref of ["box", "p1"]) {
      const why = await get<WhyView>(`/why/${ref}`);
      expect(why.answer).toContain(`Also: ${text}: nothing begins until it is released; ${typed}`);
      expect(why.findings).toContainEqual(expect.objectContaining({ topic: "hold", level: "note" }));
    }
    const metrics = await (await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/metrics`)).text();
    expect(metrics).toContain('hal_o_swarm_holds{scope="node"} 1');
    await release({ all: true });
    const told = (await get<{ type: string }[]>("/events?limit=10")).map(({ type }) => type);
    expect(told.filter((type) => type.startsWith("hold."))).toEqual(["hold.released", "hold.began"]);
    expect((await get<NodeView>(`/nodes/${NODE_ID}`)).holds).toEqual([]);
    expect((await get<WhyView>("/why/box")).answer).not.toContain("holds");
  });

  it("holds what it names, and nothing beside it", async () => {
    await come();
    await come({ id: OTHER, projects: [{ name: "p2", directory: "/srv/p2", state: "ready" }] }, "other");
    await hold({ node: "box" });
    expect((await start()).code).toBe("HELD");
    expect((await start({ project: "p2" })).status).toBe(200);
    await release({ node: "box" });
    await hold({ project: "p2" });
    expect((await start()).status).toBe(200);
    expect((await start({ project: "p2" })).code).toBe("HELD");
  });

  it("outlives the supervisor, and is told to whoever comes back or comes for the first time", async () => {
    const { agent, secret } = await come();
    const id = (await hold()).data.holds[0]?.id;
    await leave(agent);
    await stage.restart();
    expect((await start()).code).toBe("HELD");
    expect((await come({ secret })).told).toMatchObject([{ id }]);
    expect((await come({ id: OTHER }, "other")).told).toMatchObject([{ id, scope: "fleet" }]);
  });

  it("stands for a node that is away: what waited for it is taken back, and its agent is told when it comes", async () => {
    const { agent, secret } = await come();
    await leave(agent);
    const queued = (await start()).data.command.id;
    const { data } = await hold({ node: "box" });
    expect(data).toMatchObject({
      cancelled: [queued],
      holds: [{ lacking: [{ reason: expect.stringContaining("it is away") }] }],
    });
    const back = await come({ secret });
    expect(back.told).toMatchObject([{ scope: "node" }]);
    expect(await back.agent.next("command")).toMatchObject({ command: "node.stop" });
    expect(back.agent.count("command")).toBe(0);
  });

  it("is kept by the supervisor alone where an agent is too old for it, and the answer says so", async () => {
    await come({ features: ["stop"] });
    const { data } = await hold();
    expect(data.holds[0]?.lacking).toEqual([{ node: "box", reason: expect.stringContaining("its agent is too old") }]);
    expect((await start()).code).toBe("HELD");
  });

  it("lets no start through that is asked at the same moment: it is refused, or taken back", async () => {
    const { agent } = await come({ features: ["stop"] });
    await leave(agent);
    for (let round = 0; round < 10; round += 1) {
      const [stopped, ...starts] = await Promise.all([hold(), ...Array.from({ length: 5 }, () => start())]);
      const made = starts.filter(({ status }) => status === 200).map(({ data }) => data.command.id);
      expect(stopped.data.cancelled.toSorted()).toEqual(made.toSorted());
      expect(starts.filter(({ status }) => status !== 200).every(({ code }) => code === "HELD")).toBe(true);
      await release({ all: true });
    }
  });

  it("is one where two operators hold the same, and a key that is used again holds nothing anew", async () => {
    await come();
    const [one, other] = await Promise.all([hold(), hold()]);
    expect(one.data.holds[0]?.id).toBe(other.data.holds[0]?.id);
    expect(await get<unknown[]>("/holds")).toHaveLength(1);
    await release({ all: true });
    const first = await hold({}, "a-key");
    expect(first.data.holds).toHaveLength(1);
    await release({ all: true });
    expect((await hold({}, "a-key")).data.holds).toEqual([]);
    expect((await start()).status).toBe(200);
  });
});

describe("a release", () => {
  it("tells the node, and lets work begin again", async () => {
    const { agent } = await come();
    const { data } = await hold();
    await agent.next("update");
    expect(await release({ all: true })).toMatchObject({
      data: { released: [{ id: data.holds[0]?.id }], remaining: [] },
    });
    expect((await agent.next("update"))["holds"]).toEqual([]);
    expect((await start()).status).toBe(200);
  });

  it("of a node says that the fleet's hold remains, and of a project that its node's does", async () => {
    const { agent } = await come();
    await hold();
    await hold({ node: "box" });
    await hold({ project: "p1" });
    const { data } = await release({ node: "box" });
    expect(data.released.map(({ release: typed }) => typed)).toEqual(["halctl release --node box"]);
    expect(data.remaining.map(({ release: typed }) => typed)).toEqual([
      "halctl release --all",
      "halctl release --project p1",
    ]);
    expect((await release({ project: "p1" })).data).toMatchObject({
      released: [{ project: "p1" }],
      remaining: [{ node: null, project: null }],
    });
    expect(await start()).toMatchObject({ code: "HELD", error: expect.stringMatching(/: halctl release --all$/) });
    expect((await release({ node: "box", project: "p1" })).data).toMatchObject({ released: [], remaining: [{}] });
    agent.close();
  });

  it("counts for a node that is away, as soon as it comes: its agent holds it, and is told that it is released", async () => {
    const { agent, secret } = await come();
    const id = (await hold()).data.holds[0]?.id as string;
    await leave(agent);
    await release({ all: true });
    const back = await come({ secret, holds: [{ id, scope: "fleet", since: 1, by: "shared-token" }] });
    expect(back.told).toEqual([]);
    expect(await get<unknown[]>("/holds")).toEqual([]);
  });

  it("is answered the same when it is asked again, and releases nothing that was held since", async () => {
    await come();
    await hold();
    const first = await release({ all: true }, "r1");
    await hold();
    const again = await release({ all: true }, "r1");
    expect(again.data.released.map(({ id }) => id)).toEqual(first.data.released.map(({ id }) => id));
    expect((await start()).code).toBe("HELD");
  });

  it("wants to be told what it is of, and refuses a project that nobody has", async () => {
    await come();
    expect((await release({})).status).toBe(400);
    expect((await release({ all: true, node: "box" })).status).toBe(400);
    expect((await release({ project: "p9" })).status).toBe(400);
    expect((await release({ node: "nobody" })).status).toBe(404);
    expect((await release({ all: true })).data).toEqual({ released: [], remaining: [] });
  });
});

describe("a hold that its database does not know", () => {
  const brief = (changes: Partial<HoldBrief> = {}): HoldBrief => ({
    id: "hold_1",
    scope: "fleet",
    since: 1_000,
    by: "ann",
    ...changes,
  });

  it("is one of the node that tells of it, so that no node holds the fleet", async () => {
    const { told } = await come({ holds: [brief()] });
    expect(told).toEqual([{ id: `hold_1@${NODE_ID}`, scope: "node", since: 1_000, by: "ann" }]);
    expect((await start()).code).toBe("HELD");
    expect(
      (await come({ id: OTHER, projects: [{ name: "p2", directory: "/p2", state: "ready" }] }, "other")).told,
    ).toEqual([]);
    expect((await start({ project: "p2" })).status).toBe(200);
    const audit = await get<{ action: string; actor: string }[]>("/audit?action=holds.adopt");
    expect(audit).toMatchObject([{ action: "holds.adopt", actor: `node:${NODE_ID}` }]);
  });

  it("is not taken from another node that has it under the same id, and stays released when it was", async () => {
    const { agent, secret } = await come({ holds: [brief({ scope: "node" })] });
    const other = await come({ id: OTHER, holds: [brief({ scope: "node" })] }, "other");
    expect(other.told).toMatchObject([{ id: `hold_1@${OTHER}`, scope: "node" }]);
    await release({ all: true });
    await leave(agent);
    await leave(other.agent, OTHER);
    expect((await come({ secret, holds: [brief({ scope: "node" })] })).told).toEqual([]);
    const again = { id: OTHER, secret: other.secret, holds: [brief({ scope: "node" })] };
    expect((await come(again, "other")).told).toEqual([]);
  });

  it("is the fleet's again after a restore", async () => {
    const { agent, secret } = await come();
    await leave(agent);
    await stage.restart(() => copyFile(stage.database, `${stage.database}.copy`));
    const id = (await hold()).data.holds[0]?.id as string;
    const since = Date.now();
    await stage.restart(async () => {
      await copyFile(`${stage.database}.copy`, stage.database);
    });
    expect((await get<StatusView>("/status")).restored_at).toBeDefined();
    expect((await start()).status).toBe(200);
    expect((await come({ secret, holds: [brief({ id, since })] })).told).toMatchObject([{ id, scope: "fleet" }]);
    expect((await come({ id: OTHER }, "other")).told).toMatchObject([{ id }]);
  });
});

describe("a hold of a node", () => {
  it("holds the one that has taken its place, before and after that is made final", async () => {
    const { agent } = await come();
    await hold({ node: "box" });
    await leave(agent);
    const heir = await come({ id: OTHER });
    expect(heir.told).toMatchObject([{ scope: "node", id: expect.stringContaining(`@${OTHER}`) }]);
    expect((await start()).code).toBe("HELD");
    await post(`/nodes/${NODE_ID}/replace`, { by: OTHER });
    expect(await get<KeptHoldView[]>("/holds")).toMatchObject([{ node_id: OTHER }]);
    expect((await heir.agent.next("update"))["holds"]).toHaveLength(1);
    expect((await release({ node: "box" })).data.remaining).toEqual([]);
    expect((await start()).status).toBe(200);
  });

  it("moves to any node that takes its place", async () => {
    const { agent } = await come();
    await hold({ node: "box" });
    await leave(agent);
    const heir = await come({ id: OTHER, projects: [{ name: "p2", directory: "/p2", state: "ready" }] }, "elsewhere");
    expect(heir.told).toEqual([]);
    await post(`/nodes/${NODE_ID}/replace`, { by: OTHER, unlike: true });
    expect((await heir.agent.next("update"))["holds"]).toMatchObject([{ scope: "node" }]);
    expect((await start({ project: "p2" })).code).toBe("HELD");
  });

  it("goes with it, and comes back with its agent", async () => {
    const { agent, secret } = await come();
    const id = (await hold({ node: "box" })).data.holds[0]?.id;
    await leave(agent);
    await post(`/nodes/${NODE_ID}/remove`, {});
    expect(await get<unknown[]>("/holds")).toEqual([]);
    expect((await come({ secret, holds: [{ id, scope: "node", since: 1, by: "ann" }] })).told).toMatchObject([{ id }]);
  });
});

describe("a prompt that waits for its turn", () => {
  const session = (...list: readonly (readonly [type: string, data?: object])[]) =>
    events(
      ...list.map(([type, data = {}], index) => event(index + 1, type, data, { sourceKey: `k/${type}/${index}` })),
    );

  it("is not taken where it is held, and one that is in the list waits on until that is released", async () => {
    const { agent, secret } = await come();
    agent.send(session(["session.started", { title: "t", createdAt: 1, updatedAt: 1 }], ["session.busy"]));
    await agent.next("ack");
    const listed = await post<{ prompt: { id: string } }>("/sessions/ses_one/prompt", {
      text: "later",
      delivery: "queue",
      wait_ms: 0,
    });
    const { id } = listed.data.prompt;
    await leave(agent);
    const back = await come({
      secret,
      outbox: { epoch: "e1", firstSeq: 1, lastSeq: 2, acked: 2 },
      holds: [{ id: "hold_1", scope: "node", since: 1, by: "ann" }],
    });
    expect(await post("/sessions/ses_one/prompt", { text: "no", delivery: "queue", wait_ms: 0 })).toMatchObject({
      code: "HELD",
    });
    back.agent.send(events(event(3, "session.idle", {}, { sourceKey: "k/idle" })));
    await back.agent.next("ack");
    const reason = async (): Promise<string> => (await get<{ reason: string }>(`/prompts/${id}`)).reason;
    expect(await reason()).toContain("halctl release --node box");
    expect(back.agent.count("command")).toBe(0);
    await release({ all: true });
    expect(await back.agent.next("command")).toMatchObject({ command: "session.prompt", args: { text: "later" } });
  });
});

describe("a command that was queued before a hold", () => {
  it("fails with `held` where its node refuses it, and the reason is kept", async () => {
    const { agent } = await come({ features: ["stop"] });
    const { command } = (await start()).data;
    await agent.next("command");
    const error = { code: "held", message: "ann holds this node: halctl release --node box" };
    agent.send(
      events(event(1, "command.failed", { commandId: command.id, error }, { sourceKey: "c/1", session: undefined })),
    );
    await agent.next("ack");
    expect(await get<CommandView>(`/commands/${command.id}`)).toMatchObject({
      state: "failed",
      error: { code: "held" },
    });
  });
});
