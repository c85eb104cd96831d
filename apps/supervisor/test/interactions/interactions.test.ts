import type { AuditView, CommandReply, InteractionView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let now: number;
let stage: Stage;
let connections: number;
let seq: number;
let secret: unknown;

beforeEach(async () => {
  now = 1_700_000_000_000;
  connections = 0;
  seq = 0;
  secret = undefined;
  const clock = { now: () => now, monotonic: () => performance.now() };
  stage = await startStage({}, { interactions: { expire_after_minutes: 30 } }, { clock });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function come(): Promise<Peer> {
  const agent = await dial(stage.supervisor.port);
  connections += 1;
  const node = { id: NODE_ID, hostname: "box", version: "0.1.0", os: "linux", arch: "x64" };
  agent.send(
    hello({
      ...(secret === undefined ? {} : { secret }),
      node,
      instance: `run-${connections}`,
      outbox: { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq },
    }),
  );
  secret = (await agent.next("welcome"))["secret"] ?? secret;
  return agent;
}

async function tell(agent: Peer, ...told: readonly (readonly [string, object?, object?])[]): Promise<void> {
  agent.send(
    events(
      ...told.map(([type, data, more]) => {
        seq += 1;
        return event(seq, type, data, more);
      }),
    ),
  );
  await agent.next("ack");
}

const started = (more: object = {}) =>
  ["session.started", { title: "t", createdAt: now, updatedAt: now, ...more }] as const;
const asked = (id: string, more: object = {}) =>
  [
    "interaction.asked",
    {
      interactionId: id,
      kind: "permission",
      summary: id,
      permission: "bash",
      patterns: ["make"],
      always: ["make *"],
      askedAt: now,
      ...more,
    },
  ] as const;

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}
const interaction = (id: string): Promise<InteractionView> => get(`/interactions/${id}`);
const send = (path: string, body: object): Promise<Response> => stage.send("POST", `/api/v1${path}`, body);

describe("a permission that nobody answers", () => {
  it("is denied once its time is over, once, with a reason that the model reads, and a question never is", async () => {
    const agent = await come();
    await tell(agent, started(), asked("per_1"), asked("que_1", { kind: "question", permission: undefined }));
    expect(await interaction("per_1")).toMatchObject({
      expires_at: new Date(now + 1_800_000).toISOString(),
      reason: expect.stringMatching(/is denied at .* unless somebody answers$/),
    });
    expect((await interaction("que_1")).expires_at).toBeNull();
    now += 1_799_000;
    await tell(agent, asked("per_2"));
    now += 1_000;
    const command = await agent.next("command");
    expect(command).toMatchObject({
      command: "interaction.answer",
      args: {
        interactionId: "per_1",
        reply: "reject",
        message: expect.stringMatching(/nobody answered within 30 min/),
      },
    });
    // somebody who comes at that moment hears who was first
    const late = await send("/interactions/per_1/answer", { reply: "once", wait_ms: 0 });
    expect([late.status, await late.json()]).toMatchObject([409, { error: expect.stringContaining("policy:expiry") }]);
    await tell(
      agent,
      ["interaction.answered", { interactionId: "per_1", reply: "reject", commandId: command["id"] }],
      ["command.succeeded", { commandId: command["id"], output: { interactionId: "per_1" } }, { session: undefined }],
    );
    expect(await interaction("per_1")).toMatchObject({
      state: "answered",
      reason: "denied by policy:expiry",
      expires_at: null,
    });
    expect(await get<AuditView[]>("/audit?action=interactions.expire")).toMatchObject([
      { actor: "policy:expiry", target: "per_1" },
    ]);
    expect((await get<WhyView>("/why/ses_one")).findings.map(({ text }) => text)).toContainEqual(
      "no person answered per_1: it was denied by policy:expiry",
    );
    // what was asked later has its own time, and what is a question none
    expect(await get<unknown[]>("/commands?limit=10")).toHaveLength(1);
    now += 1_799_000;
    expect(await agent.next("command")).toMatchObject({ args: { interactionId: "per_2" } });
    now += 86_400_000;
    await tell(agent, asked("per_3"));
    now += 1_800_000;
    expect(await agent.next("command")).toMatchObject({ args: { interactionId: "per_3" } });
    expect((await interaction("que_1")).state).toBe("open");
  });

  it("is left to the person whose answer is under way", async () => {
    const agent = await come();
    await tell(agent, started(), asked("per_1"));
    await send("/interactions/per_1/answer", { reply: "once", wait_ms: 0 });
    const command = await agent.next("command");
    now += 3_600_000;
    await expect.poll(async () => (await interaction("per_1")).reason).toContain("is being denied");
    const commands = await get<CommandReply["command"][]>("/commands?limit=10");
    expect(commands.map(({ id }) => id)).toEqual([command["id"]]);
  });

  it("waits for a node that is away, says so, and is denied when that is back, also after a restart", async () => {
    const agent = await come();
    await tell(agent, started(), asked("per_1"));
    agent.close();
    await agent.closed;
    now += 3_600_000;
    await expect
      .poll(async () => (await interaction("per_1")).reason)
      .toContain("is denied when its node is back: it is away");
    expect(await get("/commands?limit=10")).toEqual([]);
    await stage.restart();
    expect((await interaction("per_1")).reason).toContain("it is away");
    const back = await come();
    expect(await back.next("command")).toMatchObject({ args: { interactionId: "per_1", reply: "reject" } });
  });

  it("counts from when it is known here, whatever the clock of its node says", async () => {
    const agent = await come();
    await tell(agent, started(), asked("per_1", { askedAt: now - 86_400_000 }));
    expect((await interaction("per_1")).expires_at).toBe(new Date(now + 1_800_000).toISOString());
  });

  it("waits for ever where that is what is configured, which counts at once", async () => {
    const agent = await come();
    await tell(agent, started(), asked("per_1"));
    Object.assign(stage.written, { interactions: { expire_after_minutes: 30, on_expiry: "wait" } });
    await stage.supervisor.reload();
    now += 86_400_000;
    expect(await interaction("per_1")).toMatchObject({ expires_at: null, reason: "waits for a person" });
    Object.assign(stage.written, { interactions: { expire_after_minutes: 60 } });
    await stage.supervisor.reload();
    await agent.next("command");
  });
});

describe("what is known of who asks", () => {
  const child = { session: "ses_two" };

  it("has the root session, the child that asks, and for whom the root works", async () => {
    const agent = await come();
    await tell(agent, started(), ["session.idle", { turn: "none" }]);
    expect((await interactionOf(agent, "per_0")).owner).toBeNull();
    await prompt(agent, "msg_2");
    await tell(agent, [...started({ parentId: "ses_one" }), child]);
    await tell(agent, [...asked("per_1"), child]);
    expect(await interaction("per_1")).toMatchObject({
      session_id: "ses_two",
      root_session_id: "ses_one",
      owner: "shared-token",
      risk: { level: "unknown", reason: expect.any(String) },
      always_covers: expect.stringMatching(
        /^allows bash make \* in every session of the directory of p1, until its opencode restarts/,
      ),
    });
    // what opencode puts in for the model is nobody's prompt; what somebody types there is, and nobody knows whose
    await tell(agent, ["session.message", message("msg_3", "")]);
    expect((await interaction("per_1")).owner).toBe("shared-token");
    await tell(agent, ["session.message", message("msg_4", "from a terminal")]);
    expect((await interaction("per_1")).owner).toBeNull();
  });

  async function interactionOf(agent: Peer, id: string): Promise<InteractionView> {
    await tell(agent, asked(id), ["interaction.expired", { interactionId: id, reason: "gone" }]);
    return interaction(id);
  }

  async function prompt(agent: Peer, messageId: string): Promise<void> {
    await send("/sessions/ses_one/prompt", { text: "hi", wait_ms: 0, anyway: true });
    const { id } = await agent.next("command");
    const output = { sessionId: "ses_one", messageId };
    await tell(agent, ["session.message", message(messageId, "hi")]);
    await tell(agent, ["command.succeeded", { commandId: id, output }, { session: undefined }]);
  }

  const message = (messageId: string, text: string) => ({
    messageId,
    role: "user",
    state: "complete",
    text,
    createdAt: now + Number(messageId.slice(4)),
  });
});
