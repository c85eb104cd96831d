import type { NodeView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
let agent: Peer;
let seq: number;

beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage, { features: ["told"] });
  seq = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

const facts = { title: "t", createdAt: 1, updatedAt: 1 };
const asked = { interactionId: "per_1", kind: "permission", summary: "bash: git push", askedAt: 1 };

/** Tells of sessions, and waits until it is committed. */
async function tell(...list: [type: string, data?: object, session?: string][]): Promise<void> {
  agent.send(
    events(
      ...list.map(([type, data = {}, session = "ses_one"]) => {
        seq += 1;
        return event(seq, type, data, { session });
      }),
    ),
  );
  await agent.next("ack");
}

interface Named {
  readonly id: string;
  readonly status?: string;
  readonly open?: readonly string[];
  readonly facts?: object;
}

/** Shows what was told, as of the last place. */
function show(sessions: readonly Named[], changes: object = {}): void {
  const named = sessions.map((session) => ({ open: [], ...session }));
  agent.send({ type: "told", epoch: "e1", seq, sessions: named, ...changes });
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(path)).json()) as { data: T }).data;
}

const differences = async (): Promise<NodeView["differences"]> =>
  (await get<NodeView>(`/api/v1/nodes/${NODE_ID}`)).differences;

/** Lets everything that was sent be taken: what is asked for next comes behind it. */
async function taken(): Promise<void> {
  agent.send({ type: "heartbeat", at: Date.now(), opencode: { state: "up", since: 1 }, sessions: { taken: seq } });
  const counts = async () => (await get<NodeView>(`/api/v1/nodes/${NODE_ID}`)).sessions["taken"];
  await expect.poll(counts).toBe(seq);
}

const lines = (text: string): number => stage.lines.filter((line) => line.includes(text)).length;

async function gauge(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/metrics`)).text();
  return Number(/^hal_o_swarm_told_differences (\d+)$/m.exec(text)?.[1]);
}

describe("a supervisor that is shown what an agent told last", () => {
  it("says in its welcome that it compares", async () => {
    const other = await dial(stage.supervisor.port);
    other.send(hello({ connection: 2 }));
    expect((await other.next("welcome"))["features"]).toContain("told");
  });

  it("finds nothing where its log says the same", async () => {
    await tell(["session.started", facts], ["session.busy"], ["interaction.asked", asked]);
    await tell(["session.waiting", { interactionId: "per_1" }], ["session.started", facts, "ses_two"]);
    await tell(["session.started", facts, "ses_three"], ["session.ended", { reason: "killed" }, "ses_three"]);
    show([{ id: "ses_one", status: "waiting", open: ["per_1"] }, { id: "ses_two" }]);
    await taken();
    expect(await differences()).toEqual([]);
    expect(agent.count("retell")).toBe(0);
  });

  it("tells a difference once, wherever it is asked for, and asks the agent to tell it once more", async () => {
    await tell(["session.started", facts], ["session.busy"], ["interaction.asked", asked]);
    show([{ id: "ses_one", status: "idle" }]);
    expect(await agent.next("retell")).toEqual({ type: "retell", sessions: [{ id: "ses_one", open: ["per_1"] }] });
    const text =
      "its agent told idle, the log says busy; the log says that per_1 is not answered, its agent did not tell that";
    expect(await differences()).toEqual([expect.objectContaining({ session_id: "ses_one", text })]);
    for (const ref of ["ses_one", "box"]) {
      const { answer, findings } = await get<WhyView>(`/api/v1/why/${ref}`);
      expect(answer).toContain(text);
      expect(findings).toContainEqual(expect.objectContaining({ topic: "agent", level: "problem" }));
    }
    expect(await gauge()).toBe(1);
    show([{ id: "ses_one", status: "idle" }]);
    await taken();
    expect(lines("differs from what an agent told")).toBe(1);
    expect(agent.count("retell")).toBe(0);
  });

  it("finds older facts that an agent without memory told last, and has them told once more", async () => {
    const newest = { ...facts, costMicroUsd: 7_260, updatedAt: 3 };
    await tell(["session.started", newest], ["session.idle"], ["session.updated", { ...facts, updatedAt: 2 }]);
    const now = { costMicroUsd: 7_260, tokens: 0, title: "t" };
    show([{ id: "ses_one", status: "idle", facts: now }]);
    await agent.next("retell");
    expect((await get<WhyView>("/api/v1/why/ses_one")).answer).toContain("a cost of $0.0073, the log says $0");
    await tell(["session.updated", newest]);
    show([{ id: "ses_one", status: "idle", facts: now }]);
    await taken();
    expect(await differences()).toEqual([]);
  });

  it("finds them of a session that has ended, too", async () => {
    const newest = { ...facts, costMicroUsd: 7_260, updatedAt: 3 };
    const ended: Parameters<typeof tell>[number] = ["session.ended", { reason: "archived" }];
    await tell(["session.started", newest], ended, ["session.updated", { ...facts, updatedAt: 2 }], ended);
    const told = { ended: [{ id: "ses_one", facts: { costMicroUsd: 7_260, tokens: 0, title: "t" } }] };
    show([], told);
    await agent.next("retell");
    expect((await get<WhyView>("/api/v1/why/ses_one")).answer).toContain("a cost of $0.0073, the log says $0");
    await tell(["session.updated", newest], ended);
    show([], told);
    await taken();
    expect(await differences()).toEqual([]);
    expect(await get("/api/v1/sessions/ses_one")).toMatchObject({ status: "ended" });
  });

  it("forgets it when the agent has told it once more", async () => {
    await tell(["session.started", facts], ["session.busy"]);
    show([{ id: "ses_one", status: "idle" }]);
    await agent.next("retell");
    await tell(["session.idle", { corrects: true }]);
    show([{ id: "ses_one", status: "idle" }]);
    await taken();
    expect(await differences()).toEqual([]);
    expect(await gauge()).toBe(0);
    expect(lines("says again what its agent told")).toBe(1);
    expect((await get<WhyView>("/api/v1/why/ses_one")).answer).not.toContain("may be false");
  });

  it("finds a session that it has and the agent does not, and one that the agent has and it does not", async () => {
    await tell(["session.started", facts], ["session.busy"]);
    show([{ id: "ses_two", status: "busy" }]);
    await agent.next("retell");
    expect(await differences()).toEqual([
      expect.objectContaining({ session_id: "ses_two", text: "its agent told busy, the log has no such session" }),
      expect.objectContaining({
        session_id: "ses_one",
        text: "the log says busy, its agent told that it ended, or knows nothing of it",
      }),
    ]);
  });

  it.each<[string, object]>([
    ["another place of the outbox", { seq: 1 }],
    ["a place that is not committed yet", { seq: 9 }],
    ["another life of the outbox", { epoch: "e0" }],
    ["some sessions, of which there are more", { cut: true }],
  ])("says nothing of a picture of %s", async (_name, changes) => {
    await tell(["session.started", facts], ["session.busy"]);
    show([], changes);
    await taken();
    expect(await differences()).toEqual([]);
  });

  it("says nothing of a session whose project its node does not have any more", async () => {
    await tell(["session.started", facts], ["session.busy"]);
    await tell(["projects.changed", { projects: [{ name: "p2", directory: "/srv/p2", state: "ready" }] }]);
    show([]);
    await taken();
    expect(await differences()).toEqual([]);
  });

  it("says nothing of a session that moved with a replaced node and was not told of since", async () => {
    const old = "01900000-0000-7000-8000-00000000000b";
    const before = await dial(stage.supervisor.port);
    const { node } = hello() as { readonly node: object };
    before.send(
      hello({
        node: { ...node, id: old },
        instance: "run-0",
        outbox: { epoch: "e0", firstSeq: 0, lastSeq: 0, acked: 0 },
      }),
    );
    await before.next("welcome");
    before.send({ ...events(event(1, "session.started", facts, { session: "ses_old" })), epoch: "e0" });
    await before.next("ack");
    before.close();
    await before.closed;
    const replaced = await stage.send("POST", `/api/v1/nodes/${old}/replace`, { by: NODE_ID, unlike: true });
    expect(replaced.status).toBe(200);
    show([]);
    await taken();
    expect(await differences()).toEqual([]);
  });

  it("remembers it over a connection of the agent, and not when the node is removed", async () => {
    await tell(["session.started", facts], ["session.busy"]);
    show([{ id: "ses_one", status: "idle" }]);
    await agent.next("retell");
    agent.terminate();
    await expect.poll(async () => (await get<NodeView>(`/api/v1/nodes/${NODE_ID}`)).status).not.toBe("online");
    expect(await differences()).toHaveLength(1);
    expect((await stage.send("POST", `/api/v1/nodes/${NODE_ID}/remove`, {})).status).toBe(200);
    expect(await gauge()).toBe(0);
  });
});
