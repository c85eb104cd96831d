import type { CommandReply } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { allAtOnce, connected, event, events, type Peer } from "../support/socket.ts";
import { type Stage, startStage } from "../support/start.ts";

let stage: Stage;
let agent: Peer;
let seq = 0;
afterEach(() => stage[Symbol.asyncDispose]());

async function open(policies: object = {}): Promise<void> {
  stage = await startStage({}, { policies });
  agent = await connected(stage);
  seq = 0;
  await tell("session.started", { title: "Mend", createdAt: 1, updatedAt: 1 });
}

async function tell(type: string, data: object = {}): Promise<void> {
  agent.send(events(event((seq += 1), type, data, { session: "ses_one", at: seq, sourceKey: `k/${seq}` })));
  await agent.next("ack");
}

async function resume(ref = "ses_one"): Promise<Partial<CommandReply> & { readonly error?: string }> {
  const response = await stage.send("POST", `/api/v1/sessions/${ref}/resume`, { wait_ms: 0 });
  const { data, error } = (await response.json()) as { readonly data?: CommandReply; readonly error?: string };
  return { ...data, ...(error === undefined ? {} : { error }) };
}

describe("a session that is resumed by hand", () => {
  it.each([
    ["rests", "session.idle", { turn: "finished" }],
    ["failed", "session.error", { name: "APIError", message: "overloaded" }],
  ])("is told to go on where it %s, by the name of its project, too", async (_does, type, data) => {
    await open();
    await tell("session.busy");
    await tell(type, data);
    const { command } = await resume("p1");
    expect(command).toMatchObject({ type: "session.prompt", session_id: "ses_one", project: "p1" });
    expect(await agent.next("command")).toMatchObject({
      id: command?.id,
      args: { sessionId: "ses_one", text: expect.stringContaining("Continue") },
    });
  });

  it("is told once, however many want it to go on before it does", async () => {
    await open();
    await tell("session.idle", { turn: "finished" });
    const { command } = await resume();
    expect((await resume()).error).toBe(
      `session ses_one is about to go on: ${command?.id} of shared-token is on its way`,
    );
    await agent.next("command");
    expect(agent.count("command")).toBe(0);
  });

  it("is told once, too, where several want it in the same moment", async () => {
    await open();
    await tell("session.idle", { turn: "finished" });
    const replies = await allAtOnce(stage, "sessions.resume", { ref: "ses_one", wait_ms: 0 });
    const { id } = await agent.next("command");
    const why = `session ses_one is about to go on: ${String(id)} of shared-token is on its way`;
    expect(replies).toEqual(["done", why, why, why, why]);
    expect(agent.count("command")).toBe(0);
  });

  it("is not resumed where somebody ends it, and whoever asked is told so", async () => {
    await open();
    await tell("session.idle", { turn: "finished" });
    await stage.send("POST", "/api/v1/sessions/ses_one/kill", { wait_ms: 0 });
    expect((await resume()).error).toMatch(/^session ses_one is being killed: cmd_\S+ of shared-token is on its way$/);
  });

  it("is told in the words of the policy that does it where nobody is there", async () => {
    await open({ resume_on_idle: { enabled: false, prompt: "go on with the plan" } });
    await tell("session.idle", { turn: "finished" });
    await resume();
    expect(await agent.next("command")).toMatchObject({ args: { text: "go on with the plan" } });
  });

  it("is told nothing where it does not rest, and whoever asked is told why", async () => {
    await open();
    await tell("session.busy");
    expect((await resume()).error).toMatch(/ses_one is busy: there is nothing to resume.*sessions prompt ses_one/);
    await tell("interaction.asked", {
      interactionId: "per_1",
      kind: "permission",
      summary: "push",
      permission: "bash",
      patterns: [],
      askedAt: 1,
    });
    await tell("session.waiting", { interactionId: "per_1" });
    expect((await resume()).error).toMatch(/answer first: halctl interactions allow per_1/);
    await tell("session.ended", { reason: "killed" });
    expect((await resume()).error).toMatch(/has ended; start another one/);
    expect(agent.count("command")).toBe(0);
  });
});
