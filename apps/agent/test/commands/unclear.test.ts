import { type CommandFrame, NO_DEADLINE_MS } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../src/domain/config-error.ts";
import { UnclearError } from "../../src/domain/unclear-error.ts";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { endOf, knowsSession, openCommandStage, runnerOn, toldOf } from "../support/commands.ts";
import type { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  ({ double, stage, runner } = await openCommandStage());
});
afterEach(() => stage[Symbol.asyncDispose]());

let made = 0;
async function take(command: string, args: object): Promise<string> {
  made += 1;
  const frame: CommandFrame = { type: "command", id: `cmd_${made}`, command, args, remainingMs: NO_DEADLINE_MS };
  await runner.take(frame);
  return frame.id;
}

const of = (id: string): Promise<Told[]> => toldOf(stage, id);
const outcomeOf = (id: string): Promise<Told> => endOf(stage, id);
const session = (): Promise<void> => knowsSession(stage);

async function begun(id: string): Promise<void> {
  await expect.poll(async () => (await of(id)).map(({ type }) => type)).toContain("command.running");
}

/** opencode is killed where it comes to this; its next run is another one. */
function diesAt(name: string): void {
  double.before.set(name, () => {
    double.before.delete(name);
    stage.opencode.set("none");
    double.run = "run-2";
    throw new UnclearError("opencode_unavailable", `opencode did not answer (${name}): socket hang up`);
  });
}

async function isBackUp(): Promise<void> {
  await expect.poll(() => stage.opencode.report().state).toBe("down");
  stage.opencode.set("up");
}

const prompt = { sessionId: "ses_1", text: "hello" };
const permission = { id: "per_1", sessionID: "ses_1", permission: "bash", patterns: [], always: [], metadata: {} };
const answer = { interactionId: "per_1", sessionId: "ses_1", kind: "permission", reply: "once" };

describe("a command whose opencode ended in the middle of it", () => {
  it("has the outcome that the next opencode knows, however long that takes to come, and is done once", async () => {
    await session();
    diesAt("prompted");
    const id = await take("session.prompt", prompt);
    await expect.poll(() => stage.opencode.report().state).toBe("down");
    await begun(id);
    expect(await of(id)).toHaveLength(1);
    stage.opencode.set("up");
    expect(await outcomeOf(id)).toMatchObject({
      type: "command.succeeded",
      data: { output: { messageId: double.prompts[0]?.messageId } },
    });
    expect(double.prompts).toHaveLength(1);
  });

  it("is not known to have failed: a prompt that is not there is told as interrupted, with where to look", async () => {
    await session();
    diesAt("prompt");
    const id = await take("session.prompt", prompt);
    await isBackUp();
    const error = { code: "interrupted", message: expect.stringMatching(/did not answer.*halctl sessions logs ses_1/) };
    expect(await outcomeOf(id)).toMatchObject({ type: "command.failed", data: { error } });
  });

  it("goes on with a start whose session was created", async () => {
    stage.follow();
    diesAt("prompt");
    const id = await take("session.start", { project: "p1", prompt: "hello" });
    await isBackUp();
    expect(await outcomeOf(id)).toMatchObject({ type: "command.succeeded", data: { output: { sessionId: "ses_1" } } });
    expect([double.sessionsIn.size, double.prompts.map(({ text }) => text)]).toEqual([1, ["hello"]]);
  });

  it("gives an answer again that nobody has taken", async () => {
    await session();
    double.openPermissions.push(permission);
    double.before.set("answering", () => {
      double.before.delete("answering");
      throw new UnclearError("opencode_unavailable", "opencode did not answer (permission reply): timed out");
    });
    const id = await take("interaction.answer", answer);
    expect(await outcomeOf(id)).toMatchObject({ type: "command.succeeded" });
    expect(double.openPermissions).toEqual([]);
  });

  it("does not claim an answer that may have been taken", async () => {
    await session();
    double.openPermissions.push(permission);
    diesAt("answered");
    const id = await take("interaction.answer", answer);
    await isBackUp();
    const error = { code: "interrupted", message: expect.stringContaining("does not wait any more") };
    expect(await outcomeOf(id)).toMatchObject({ data: { error } });
  });

  it("asks a few times an opencode that is up and does not answer, and says then that it cannot be known", async () => {
    await session();
    const silent = (): never => {
      throw new UnclearError("opencode_unavailable", "opencode did not answer: timed out");
    };
    double.before.set("prompt", silent);
    double.before.set("hasPrompt", silent);
    const id = await take("session.prompt", prompt);
    const error = { code: "interrupted", message: expect.stringContaining("it cannot be known whether it was done") };
    expect(await outcomeOf(id)).toMatchObject({ data: { error } });
  });

  it("is not known to have failed, either, where a project that was broken meanwhile keeps opencode from saying it", async () => {
    await session();
    diesAt("prompted");
    double.before.set("hasPrompt", () => {
      throw new ConfigError("opencode answered 400 to message: opencode.json: ValueExpected", "opencode.json");
    });
    const id = await take("session.prompt", prompt);
    await isBackUp();
    const error = { code: "interrupted", message: expect.stringMatching(/cannot be known whether.*ValueExpected/) };
    expect(await outcomeOf(id)).toMatchObject({ data: { error } });
  });

  it("that only reads fails with no more than that", async () => {
    await session();
    double.before.set("diff", () => {
      throw new UnclearError("opencode_unavailable", "opencode did not answer (diff)");
    });
    const id = await take("session.diff", { sessionId: "ses_1", messageIds: ["msg_1"] });
    expect(await outcomeOf(id)).toMatchObject({ data: { error: { code: "opencode_unavailable" } } });
  });
});

describe("a start", () => {
  it("asks for its session where opencode does not tell of it, and goes on", async () => {
    double.tellsOfCreated = false;
    const id = await take("session.start", { project: "p1" });
    expect(await outcomeOf(id)).toMatchObject({ type: "command.succeeded", data: { output: { sessionId: "ses_1" } } });
    expect((await stage.told()).map(({ type }) => type)).toContain("session.started");
  });

  it("that fails after its session was created names the session, and the session names it", async () => {
    stage.follow();
    double.before.set("prompt", () =>
      double.tell("session.error", {
        sessionID: "ses_1",
        error: { name: "UnknownError", data: { message: "no model" } },
      }),
    );
    const id = await take("session.start", { project: "p1", prompt: "hello", model: "a/b" });
    expect(await outcomeOf(id)).toMatchObject({
      type: "command.failed",
      data: { error: { message: expect.stringContaining("ses_1"), details: { sessionId: "ses_1" } } },
    });
    double.status("ses_1", { type: "idle" });
    const reasons = async () =>
      (await stage.told()).filter(({ type }) => type === "session.error").map(({ data }) => data["message"]);
    await expect.poll(async () => (await reasons()).join()).toContain(id);
  });
});

describe("a start that the agent's earlier life left unfinished", () => {
  const KEPT = { type: "command.failed", data: { error: { code: "cancelled", details: { sessionId: "ses_1" } } } };
  it.each([
    ["begins no turn where everything was stopped meanwhile", {}, [], KEPT],
    ["begins no turn where its project was stopped meanwhile", { project: "p1" }, [], KEPT],
    ["goes on where another project was stopped", { project: "p2" }, ["write it"], { type: "command.succeeded" }],
  ])("%s", async (_name, stop, prompts, outcome) => {
    const create = double.createSession.bind(double);
    double.createSession = async (request) => {
      await create(request);
      return new Promise(() => undefined);
    };
    stage.follow();
    const id = await take("session.start", { project: "p1", prompt: "write it" });
    await expect.poll(() => double.sessionsIn.size).toBe(1);
    stage = await stage.again();
    stage.follow();
    runner = await runnerOn(stage);
    await outcomeOf(await take("node.stop", stop));
    await runner.recover();
    expect(await outcomeOf(id)).toMatchObject(outcome);
    expect(double.prompts.map(({ text }) => text)).toEqual(prompts);
  });
});

describe("a start whose session shows up after it was told as failed", () => {
  /** opencode takes the start, does not answer, and creates the session when it is told to. */
  async function failedStart(
    text?: string,
  ): Promise<{ readonly id: string; readonly create: (live: boolean) => void }> {
    let create = (_live: boolean): void => undefined;
    double.createSession = async ({ directory, commandId }) => {
      create = (isLive) => double.session("ses_late", directory, { metadata: { hal: commandId } }, { live: isLive });
      throw new UnclearError("opencode_unavailable", "opencode did not answer (create): timed out");
    };
    const id = await take("session.start", { project: "p1", prompt: text });
    const error = { code: "interrupted", message: expect.stringContaining("has no session of this start") };
    expect(await outcomeOf(id)).toMatchObject({ type: "command.failed", data: { error } });
    return { id, create: (isLive) => create(isLive) };
  }

  const corrections = async (): Promise<Told[]> =>
    (await stage.told()).filter(({ type }) => type === "command.corrected" || type === "session.error");

  it("is linked to it both ways, once, and its prompt is not sent: somebody may have asked again", async () => {
    stage.follow();
    const { id, create } = await failedStart("hello");
    create(true);
    await expect.poll(async () => (await corrections()).length).toBe(2);
    expect(await corrections()).toMatchObject([
      {
        type: "session.error",
        session: "ses_late",
        data: { name: "StartError", message: expect.stringContaining(id) },
      },
      {
        type: "command.corrected",
        data: {
          commandId: id,
          sessionId: "ses_late",
          message: expect.stringContaining("the prompt was not given to it"),
        },
      },
    ]);
    stage = await stage.again();
    stage.follow();
    double.session("ses_other", PROJECT);
    await expect.poll(async () => (await stage.told()).map((one) => one.session)).toContain("ses_other");
    expect(await corrections()).toHaveLength(2);
    expect(double.prompts).toEqual([]);
  }, 20_000);

  it("is linked to it by the next life of the agent, where it showed up in between", async () => {
    const { id, create } = await failedStart();
    create(false);
    stage = await stage.again();
    stage.follow();
    await expect.poll(async () => (await corrections()).length).toBe(2);
    const message = expect.stringMatching(/ses_late.*has no prompt yet/);
    expect((await corrections())[1]).toMatchObject({ data: { commandId: id, sessionId: "ses_late", message } });
    // whoever asks for the command again gets what is known now
    runner = await runnerOn(stage);
    await runner.take({ type: "command", id, command: "session.start", args: {}, remainingMs: NO_DEADLINE_MS });
    const again = (await of(id)).filter(({ type }) => type === "command.failed").at(-1);
    expect(again).toMatchObject({ data: { error: { message, details: { sessionId: "ses_late" } } } });
  }, 20_000);

  it("is what it came to where somebody prompted it meanwhile", async () => {
    const { create } = await failedStart("hello");
    create(false);
    double.user("ses_late", "msg_1");
    double.assistant("ses_late", "msg_2", 4);
    stage.follow();
    await expect.poll(async () => (await corrections()).map(({ type }) => type)).toEqual(["command.corrected"]);
  }, 20_000);
});

describe("a command that stops something", () => {
  it("waits for an opencode that is not on its way, may be cancelled, and is done before what begins something", async () => {
    await session();
    stage.opencode.set("none");
    const [cancelled, kill] = [
      await take("session.abort", { sessionId: "ses_1" }),
      await take("session.kill", { sessionId: "ses_1" }),
    ];
    runner.cancel(cancelled);
    expect(await outcomeOf(cancelled)).toMatchObject({ type: "command.cancelled" });
    stage.opencode.set("coming");
    const late = await take("session.prompt", prompt);
    expect([await of(kill), await of(late)]).toEqual([[], []]);
    stage.opencode.set("up");
    expect(await outcomeOf(kill)).toMatchObject({ type: "command.succeeded", data: { output: { ended: ["ses_1"] } } });
    expect(await outcomeOf(late)).toMatchObject({ data: { error: { code: "conflict" } } });
    const order = (await stage.told()).map(({ type, data }) => [type, data["commandId"]].join());
    expect(order.indexOf(`command.succeeded,${kill}`)).toBeLessThan(order.indexOf(`command.running,${late}`));
    expect(double.prompts).toEqual([]);
  });

  it.each(["session.abort", "session.kill"])(
    "is not told as failed where opencode refuses it when it is done again: %s",
    async (command) => {
      await session();
      diesAt("abort");
      const id = await take(command, { sessionId: "ses_1" });
      await expect.poll(() => stage.opencode.report().state).toBe("down");
      double.before.set("abort", () => {
        throw new ConfigError("opencode answered 400 to abort: opencode.json: ValueExpected", "opencode.json");
      });
      stage.opencode.set("up");
      const error = { code: "interrupted", message: expect.stringMatching(/cannot be known whether.*ValueExpected/) };
      expect(await outcomeOf(id)).toMatchObject({ type: "command.failed", data: { error } });
    },
  );

  it("is done again until opencode takes it, where it refuses that for a moment", async () => {
    await session();
    diesAt("abort");
    const id = await take("session.abort", { sessionId: "ses_1" });
    await expect.poll(() => stage.opencode.report().state).toBe("down");
    double.before.set("abort", () => {
      double.before.delete("abort");
      throw new ConfigError("opencode answered 400 to abort: opencode.json: ValueExpected", "opencode.json");
    });
    stage.opencode.set("up");
    expect(await outcomeOf(id)).toMatchObject({ type: "command.succeeded" });
  });

  it("takes back a prompt that waits behind one that is at work", async () => {
    await session();
    let post = (): void => undefined;
    double.before.set("prompt", () => new Promise((resolve) => (post = resolve)));
    const first = await take("session.prompt", prompt);
    await begun(first);
    const second = await take("session.prompt", prompt);
    runner.cancel(second);
    expect(await outcomeOf(second)).toMatchObject({ type: "command.cancelled" });
    double.before.delete("prompt");
    post();
    await outcomeOf(first);
    await runner.drain();
    expect(double.prompts).toHaveLength(1);
  });
});

describe("an idempotency key that a restored supervisor has forgotten", () => {
  const under = (id: string, text: string, payload = text): CommandFrame => ({
    type: "command",
    id,
    command: "session.prompt",
    args: { sessionId: "ses_1", text },
    remainingMs: 60_000,
    key: { hash: "k", payload },
  });

  it("stands for what was done under it, in this life of the agent and the next", async () => {
    await session();
    await runner.take(under("cmd_k1", "hello"));
    const first = await outcomeOf("cmd_k1");
    await runner.take(under("cmd_k2", "hello"));
    expect((await outcomeOf("cmd_k2")).data["output"]).toEqual(first.data["output"]);
    stage = await stage.again();
    runner = await runnerOn(stage);
    await runner.take(under("cmd_k3", "hello"));
    expect((await outcomeOf("cmd_k3")).data["output"]).toEqual(first.data["output"]);
    expect(double.prompts).toHaveLength(1);
  });

  it("waits for what is under way under it, and is a conflict for anything else", async () => {
    await session();
    let post = (): void => undefined;
    double.before.set("prompt", () => new Promise((resolve) => (post = resolve)));
    await runner.take(under("cmd_k1", "hello"));
    await begun("cmd_k1");
    await runner.take({ ...under("cmd_k2", "hello"), args: { sessionId: "ses_2", text: "hello" } });
    await begun("cmd_k2");
    await runner.take({ ...under("cmd_k3", "hello"), command: "session.start", args: { project: "p1" } });
    const conflict = { data: { error: { code: "conflict" } } };
    expect(await outcomeOf("cmd_k3")).toMatchObject(conflict);
    double.before.delete("prompt");
    post();
    expect((await outcomeOf("cmd_k2")).data["output"]).toEqual((await outcomeOf("cmd_k1")).data["output"]);
    await runner.take(under("cmd_k4", "another"));
    expect(await outcomeOf("cmd_k4")).toMatchObject(conflict);
    expect([double.prompts.length, double.sessionsIn.size]).toEqual([1, 1]);
  });
});
