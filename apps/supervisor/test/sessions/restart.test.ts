import {
  type CommandReply,
  type PromptReply,
  type PromptView,
  RESTART_FEATURE,
  type SessionView,
  type WhyView,
} from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allAtOnce, connected, event, events, type Peer } from "../support/socket.ts";
import { type Stage, startStage } from "../support/start.ts";

let stage: Stage;
let agent: Peer;
let seq = 0;

beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage, { features: [RESTART_FEATURE] });
  seq = 0;
  await tell("session.started", { title: "Mend", createdAt: 1, updatedAt: 1 });
  await tell("session.idle", { turn: "finished" });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function tell(type: string, data: object, session: string | undefined = "ses_one"): Promise<void> {
  agent.send(events(event((seq += 1), type, data, { session, at: seq, sourceKey: `k/${seq}` })));
  await agent.next("ack");
}

async function ask<T>(route: string, body?: object): Promise<T & { readonly error?: string; readonly status: number }> {
  const path = `/api/v1${route}`;
  const response = await (body === undefined ? stage.get(path) : stage.send("POST", path, body));
  const { data, error } = (await response.json()) as { readonly data?: T; readonly error?: string };
  return {
    ...(data as T),
    error,
    status: (data as { status?: number } | undefined)?.status ?? response.status,
  } as never;
}

const view = (ref: string): Promise<SessionView> => ask(`/sessions/${ref}`);
const restart = (body: object = {}, ref = "ses_one") =>
  ask<CommandReply>(`/sessions/${ref}/restart`, { wait_ms: 0, ...body });

/** Its agent restarts it: the new session is there, the old one has ended, and the command is done. */
async function restarted(commandId: string, state = "done"): Promise<void> {
  await tell("session.started", { title: "Mend", createdAt: 5, updatedAt: 5, continues: "ses_one" }, "ses_two");
  await tell("session.ended", { reason: "killed", continuedBy: "ses_two" });
  const handover = { state, reason: "its agent wrote down where it stands" };
  const output = { sessionId: "ses_two", continues: "ses_one", messageId: "msg_9", ended: ["ses_one"], handover };
  await tell("session.busy", {}, "ses_two");
  await tell("command.succeeded", { commandId, output }, undefined);
}

describe("a restart", () => {
  it("is one command, with how long a handover may take", async () => {
    const { command } = await restart({ timeout_seconds: 7, prompt: "go on" });
    expect(command).toMatchObject({ type: "session.restart", session_id: "ses_one", project: "p1" });
    const args = { sessionId: "ses_one", handover: true, timeoutMs: 7_000, prompt: "go on" };
    expect(await agent.next("command")).toMatchObject({ id: command.id, command: "session.restart", args });
  });

  it("is shown on the session while it is under way", async () => {
    const { command } = await restart();
    expect(await view("ses_one")).toMatchObject({
      reason: expect.stringMatching(/; a restart was asked by shared-token .* ago and waits for node/),
      asked: [{ command_id: command.id, type: "session.restart" }],
    });
  });

  it("is shown on both sessions: the old one has ended, the new one goes on from it and has its project's name", async () => {
    const { command } = await restart();
    await restarted(command.id);
    expect(await view("ses_one")).toMatchObject({
      status: "ended",
      reason: "ended: restarted, and goes on as ses_two",
      continued_by: "ses_two",
    });
    expect(await view("p1")).toMatchObject({ id: "ses_two", continues: "ses_one", continued_by: null });
    const done = await ask<CommandReply["command"]>(`/commands/${command.id}`);
    expect(done).toMatchObject({ output: { sessionId: "ses_two" } });
  });

  it("is told by why, of either session, with who asked and what became of the handover", async () => {
    const { command } = await restart();
    await restarted(command.id);
    const texts = async (ref: string): Promise<string[]> =>
      ((await ask<WhyView>(`/why/${ref}`)) as WhyView).findings.map(({ text }) => text);
    const how = `a restart that shared-token asked for (${command.id}); its agent wrote down where it stands`;
    expect(await texts("ses_two")).toContain(`it goes on from ses_one: ${how}`);
    expect(await texts("ses_one")).toContain(`it was restarted and goes on as ses_two: ${how}`);
  });

  it("is refused of what has ended, of a child, and of one that is being restarted", async () => {
    await tell("session.started", { title: "c", parentId: "ses_one", createdAt: 2, updatedAt: 2 }, "ses_child");
    expect((await restart({}, "ses_child")).error).toMatch(/is a child of ses_one.*halctl sessions restart ses_one/);
    const { command } = await restart();
    expect((await restart()).error).toMatch(new RegExp(`is being restarted, as shared-token asked.*${command.id}`));
    await restarted(command.id);
    expect((await restart()).error).toBe("session ses_one was restarted and has ended; it goes on as ses_two");
    const prompt = await ask<PromptReply>("/sessions/ses_one/prompt", { text: "more" });
    expect(prompt.error).toBe("session ses_one was restarted and has ended; it goes on as ses_two");
  });

  it("is one, where several ask for it in the same moment", async () => {
    const replies = await allAtOnce(stage, "sessions.restart", { ref: "ses_one", wait_ms: 0 });
    const { id } = await agent.next("command");
    const why = `session ses_one is being restarted, as shared-token asked; see: halctl commands get ${String(id)}`;
    expect(replies).toEqual(["done", why, why, why, why]);
    expect(agent.count("command")).toBe(0);
  });

  it("is refused by an older agent, and so is the end of a history", async () => {
    await using older = await startStage();
    const peer = await connected(older);
    peer.send(events(event(1, "session.idle", { turn: "none" })));
    await peer.next("ack");
    const refused = async (route: string, body: object): Promise<string> =>
      (await older.send("POST", `/api/v1/sessions/ses_one/${route}`, body)).text();
    expect(await refused("restart", {})).toMatch(/is older and cannot restart a session; upgrade it/);
    expect(await refused("kill", { purge: true })).toMatch(/is older and cannot delete a history; upgrade it/);
    expect(peer.count("command")).toBe(0);
  });

  it("is done once for a key, whatever became of the session", async () => {
    const post = (key: string) =>
      stage.send("POST", "/api/v1/sessions/ses_one/restart", { wait_ms: 0 }, { "idempotency-key": key });
    const first = (await (await post("k")).json()) as { data: CommandReply };
    await restarted(first.data.command.id);
    const second = (await (await post("k")).json()) as { data: CommandReply };
    expect([second.data.command.id, second.data.session_id]).toEqual([first.data.command.id, "ses_two"]);
  });
});

describe("prompts that wait for a session that is restarted", () => {
  const queue = async (text: string): Promise<PromptView> =>
    (await ask<PromptReply>("/sessions/ses_one/prompt", { text, delivery: "queue", wait_ms: 0 })).prompt as PromptView;

  it("are not sent meanwhile, wait for the one that goes on, in their order, and say so", async () => {
    await tell("session.busy", {});
    const prompts = [await queue("one"), await queue("two")];
    const { command } = await restart();
    await agent.next("command");
    // its turn is over before it ends
    await tell("session.idle", { turn: "finished" });
    expect((await ask<PromptView>(`/prompts/${prompts[0]?.id}`)).reason).toMatch(/its session is being restarted/);
    await tell("session.started", { title: "Mend", createdAt: 5, updatedAt: 5, continues: "ses_one" }, "ses_two");
    await tell("session.ended", { reason: "killed", continuedBy: "ses_two" });
    await tell("session.idle", { turn: "none" }, "ses_two");
    for (const { id } of prompts)
      expect(await ask<PromptView>(`/prompts/${id}`)).toMatchObject({ state: "pending", session_id: "ses_two" });
    expect(agent.count("command")).toBe(0);
    await restarted(command.id);
    await tell("session.idle", { turn: "finished" }, "ses_two");
    expect(await agent.next("command")).toMatchObject({ args: { sessionId: "ses_two", text: "one" } });
    const told = await (await stage.get("/api/v1/events?type=prompt.changed")).text();
    expect(told.match(/"what":"carried"/g)).toHaveLength(2);
  });

  it("go to the old one as before where the restart fails", async () => {
    await tell("session.busy", {});
    const { id } = await queue("one");
    const { command } = await restart();
    await agent.next("command");
    await tell("session.idle", { turn: "finished" });
    const error = { code: "opencode_error", message: "broken" };
    await tell("command.failed", { commandId: command.id, error }, undefined);
    expect(await agent.next("command")).toMatchObject({ args: { sessionId: "ses_one", text: "one" } });
    expect(await ask<PromptView>(`/prompts/${id}`)).toMatchObject({ state: "sent" });
  });
});
