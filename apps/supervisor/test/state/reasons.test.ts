import { COMMAND_STATES, type CommandView, type NodeView, SESSION_STATUSES, type SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, event, events, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const OTHER = {
  id: "01900000-0000-7000-8000-00000000000b",
  hostname: "den",
  version: "0.1.0",
  os: "linux",
  arch: "x64",
};
const ASKED = { askedAt: 1, kind: "permission", summary: "run make", patterns: [], always: [], questions: [] };

/** How each status of a session comes about, as its agent tells it. */
const TOLD: Readonly<Record<SessionView["status"], readonly (readonly [string, object])[]>> = {
  starting: [["session.started", { title: "t", createdAt: 1, updatedAt: 1 }]],
  busy: [["session.busy", {}]],
  idle: [
    ["session.busy", {}],
    ["session.idle", { turn: "finished" }],
  ],
  waiting: [
    ["session.busy", {}],
    ["interaction.asked", { ...ASKED, interactionId: "per_waiting" }],
  ],
  retrying: [["session.retrying", { attempt: 2, message: "429 slow down" }]],
  error: [["session.error", { name: "APIError", message: "the key is wrong" }]],
  ended: [["session.ended", { reason: "killed" }]],
  unreachable: [["session.busy", {}]],
};

/** What its reason says beyond the status itself. */
const BECAUSE: Readonly<Record<SessionView["status"], RegExp>> = {
  starting: /no turn yet/,
  busy: /a turn is running/,
  idle: /finished its turn/,
  waiting: /for a person: run make/,
  retrying: /attempt 2 failed: 429 slow down/,
  error: /APIError: the key is wrong/,
  ended: /killed/,
  unreachable: /its node is offline: the agent was stopped .*; it was busy/,
};

const COMMAND_BECAUSE: Readonly<Record<CommandView["state"], RegExp>> = {
  queued: /^queued until 20.*: its node is offline: the agent was stopped/,
  sent: /^sent .* ago$/,
  running: /^its node has begun it$/,
  succeeded: /^done$/,
  failed: /^it said no$/,
  cancelled: /^cancelled before it began$/,
  expired: /not connected before the deadline/,
};

describe("whoever looks at a status finds its reason beside it", () => {
  let stage: Stage;
  let agent: Peer;
  let seq = 0;
  let awaySeq = 0;
  const tell = (type: string, data: object, session: string | undefined, changes: object = {}): object =>
    event((seq += 1), type, data, { session, sourceKey: `k/${seq}`, ...changes });

  beforeAll(async () => {
    stage = await startStage();
    agent = await connected(stage);
    const away = await connected(stage, {
      node: OTHER,
      projects: [{ name: "p2", directory: "/srv/p2", state: "ready" }],
    });
    for (const status of SESSION_STATUSES) await bring(status, away);
    away.send({ type: "bye", reason: "stopped" });
    away.close();
    await away.closed;
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  async function bring(status: SessionView["status"], away: Peer): Promise<void> {
    const peer = status === "unreachable" ? away : agent;
    const list = TOLD[status].map(([type, data]) =>
      peer === away
        ? event((awaySeq += 1), type, data, { session: "ses_unreachable", project: "p2" })
        : tell(type, data, `ses_${status}`),
    );
    peer.send(events(...list));
    await peer.next("ack");
  }

  const read = async <T>(path: string): Promise<T> => {
    const response = await stage.get(`/api/v1${path}`);
    const body = (await response.json()) as { readonly data: T; readonly error?: string };
    if (!response.ok) throw new Error(`${path}: ${body.error ?? ""}`);
    return body.data;
  };

  it.each(SESSION_STATUSES)("of a session that is %s: in the list, alone, and in why", async (status) => {
    const id = `ses_${status}`;
    const listed = (await read<SessionView[]>(`/sessions?status=${status}`)).find((one) => one.id === id);
    const alone = await read<SessionView>(`/sessions/${id}`);
    const why = await read<{ readonly status: string; readonly answer: string }>(`/why/${id}`);
    for (const reason of [listed?.reason, alone.reason, why.answer]) {
      expect(reason).toMatch(BECAUSE[status]);
      expect(reason).toMatch(new RegExp(`\\b${status}\\b`));
      expect(reason).not.toMatch(/undefined|null|NaN|\n/);
    }
    expect([alone.status, why.status]).toEqual([status, status]);
  });

  it.each<[NodeView["status"], RegExp]>([
    ["online", /^online; opencode 1\.18\.33 is up$/],
    ["offline", /^offline: the agent was stopped .* ago$/],
    ["degraded", /^degraded: opencode is down: it was killed$/],
  ])("of a node that is %s: in the list, alone, and in why", async (status, because) => {
    const id = status === "offline" ? OTHER.id : NODE_ID;
    const state = status === "degraded" ? { state: "down", reason: "it was killed", since: 1 } : undefined;
    if (state !== undefined) await beat(state);
    const listed = (await read<NodeView[]>("/nodes")).find((one) => one.id === id);
    const alone = await read<NodeView>(`/nodes/${id}`);
    const why = await read<{ readonly status: string; readonly answer: string }>(`/why/${id}?kind=node`);
    expect([listed?.status, alone.status, why.status]).toEqual([status, status, status]);
    for (const reason of [listed?.reason, alone.reason]) expect(reason).toMatch(because);
    expect(why.answer).toMatch(new RegExp(`${status}.*${status === "online" ? "up" : "stopped|killed"}`));
    if (state !== undefined) await beat({ state: "up", version: "1.18.33", tested: true, since: 1 });
  });

  it("of sessions whose opencode is down: nobody can say what they do, and what failed stays failed", async () => {
    await beat({ state: "down", reason: "it was killed", since: 1 });
    const counted = (await read<{ sessions: Record<string, number> }>("/status")).sessions;
    for (const id of ["ses_idle", "ses_busy", "ses_waiting", "ses_retrying"]) {
      const { status, reason } = await read<SessionView>(`/sessions/${id}`);
      expect([id, status]).toEqual([id, "unreachable"]);
      expect(reason).toMatch(/^unreachable: opencode on its node is down for .*: it was killed; it was \w+$/);
    }
    for (const status of ["error", "ended"])
      expect((await read<SessionView>(`/sessions/ses_${status}`)).status).toBe(status);
    expect(counted).toMatchObject({ error: 1, ended: 1 });
    expect(Object.keys(counted).toSorted()).toEqual(["ended", "error", "unreachable"]);
    await beat({ state: "up", version: "1.18.33", tested: true, since: 1 });
  });

  it.each(COMMAND_STATES)("of a command that is %s: in the list and alone", async (state) => {
    const id = await bringCommand(state);
    const commands = await read<CommandView[]>(`/commands?state=${state}`);
    const alone = await read<CommandView>(`/commands/${id}`);
    for (const one of [commands.find((command) => command.id === id), alone]) {
      expect(one?.state).toBe(state);
      expect(one?.reason).toMatch(COMMAND_BECAUSE[state]);
    }
  });

  it("of a command whose node went before it told an outcome: that the node is away", async () => {
    const ids = [await bringCommand("sent"), await bringCommand("running")];
    agent.send({ type: "bye", reason: "stopped" });
    agent.close();
    await agent.closed;
    const away = /^(sent .* ago|its node has begun it); its node is offline: the agent was stopped/;
    for (const id of ids)
      await expect.poll(async () => (await read<CommandView>(`/commands/${id}`)).reason).toMatch(away);
  });

  async function beat(opencode: object): Promise<void> {
    agent.send({ type: "heartbeat", at: Date.now(), opencode, sessions: {}, outbox: { depth: 0 } });
    await expect.poll(async () => (await read<NodeView>(`/nodes/${NODE_ID}`)).opencode).toEqual(opencode);
  }

  async function bringCommand(state: CommandView["state"]): Promise<string> {
    const isAway = state === "queued" || state === "cancelled" || state === "expired";
    const body = {
      project: isAway ? "p2" : "p1",
      wait_ms: state === "expired" ? 60_000 : 0,
      ...(state === "expired" ? { deadline_ms: 1_000 } : {}),
    };
    const response = await stage.send("POST", "/api/v1/sessions", body);
    const { data } = (await response.json()) as { readonly data: { readonly command: CommandView } };
    const { id } = data.command;
    if (state === "cancelled") await stage.send("POST", `/api/v1/commands/${id}/cancel`, {});
    if (!isAway) await comeTo(state, id);
    return id;
  }

  async function comeTo(state: CommandView["state"], commandId: string): Promise<void> {
    await agent.next("command", commandId);
    if (state === "sent") return;
    const data =
      state === "failed"
        ? { commandId, error: { code: "opencode_error", message: "it said no" } }
        : { commandId, ...(state === "succeeded" ? { output: { sessionId: "ses_new" } } : {}) };
    agent.send(events(tell(`command.${state}`, data, undefined)));
    await agent.next("ack");
  }
});
