import type { CommandFrame } from "@hal/protocol";
import { newUuid } from "@hal/daemon";
import { beginExecution, forgetExecutions, saveMessageId } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { endOf, knowsSession, runnerOn, toldOf } from "../support/commands.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  await begin(await openAgentStage(double));
});
afterEach(() => stage[Symbol.asyncDispose]());

async function begin(next: AgentStage): Promise<void> {
  stage = next;
  runner = await runnerOn(stage);
}

/** The next life of the agent, on the same disk. */
async function restart(): Promise<void> {
  await begin(await stage.again());
}

let made = 0;
function frame(command: string, args: object, changes: Partial<CommandFrame> = {}): CommandFrame {
  made += 1;
  return { type: "command", id: `cmd_${made}`, command, args, remainingMs: 60_000, ...changes };
}

const prompt = (text = "hello", changes: Partial<CommandFrame> = {}): CommandFrame =>
  frame("session.prompt", { sessionId: "ses_1", text }, changes);

const outcomes = (id: string): Promise<Told[]> => toldOf(stage, id);
const outcomeOf = (id: string): Promise<Told> => endOf(stage, id);
const session = (): Promise<void> => knowsSession(stage);

describe("a command", () => {
  // I5
  it("is begun once, however often it comes, and tells its outcome again", async () => {
    await session();
    const command = prompt();
    await Promise.all([runner.take(command), runner.take(command)]);
    await runner.take(command);
    expect(await outcomeOf(command.id)).toMatchObject({ type: "command.succeeded" });
    await runner.take(command);
    expect(double.prompts).toHaveLength(1);
    const keys = (await outcomes(command.id)).map((one) => (one as { sourceKey?: string }).sourceKey);
    // the log keeps one of each
    expect(new Set(keys)).toEqual(new Set([`command/${command.id}/running`, `command/${command.id}/outcome`]));
  });

  it("reads what a session means to do, and what it changed once opencode has compared the files", async () => {
    await session();
    double.todosOf.set("ses_1", [{ content: "mend", status: "pending", priority: "high" }]);
    const todo = frame("session.todo", { sessionId: "ses_1" });
    await runner.take(todo);
    expect(await outcomeOf(todo.id)).toMatchObject({ data: { output: { todos: [{ content: "mend" }] } } });

    const change = { file: "a", status: "added", additions: 1, deletions: 0, patch: "+a\n" } as const;
    double.changes.set("msg_1", [change]);
    let looks = 0;
    double.before.set("diff", () => {
      looks += 1;
      if (looks === 3) double.changes.set("msg_2", [{ ...change, status: "modified", deletions: 2, patch: "-a\n" }]);
    });
    const diff = frame("session.diff", { sessionId: "ses_1", messageIds: ["msg_1", "msg_2"] });
    await runner.take(diff);
    expect(await outcomeOf(diff.id)).toMatchObject({
      data: {
        output: { files: [{ file: "a", status: "added", additions: 2, deletions: 2, patch: "+a\n-a" }], cut: false },
      },
    });
    const unknown = frame("session.diff", { sessionId: "ses_9", messageIds: [] });
    await runner.take(unknown);
    expect(await outcomeOf(unknown.id)).toMatchObject({ data: { error: { code: "not_found" } } });
  });

  it("waits, not begun, for an opencode that is on its way, and may be cancelled meanwhile", async () => {
    stage.opencode.set("coming");
    const [cancelled, done] = [frame("session.start", { project: "p1" }), frame("session.start", { project: "p1" })];
    await Promise.all([runner.take(cancelled), runner.take(done)]);
    expect(runner.isBusy).toBe(true);
    runner.cancel(cancelled.id);
    expect(await outcomeOf(cancelled.id)).toMatchObject({ type: "command.cancelled" });
    expect(await outcomes(done.id)).toEqual([]);
    stage.follow();
    stage.opencode.set("up");
    expect(await outcomeOf(done.id)).toMatchObject({ type: "command.succeeded" });
    expect(double.sessionsIn.size).toBe(1);
    expect(runner.isBusy).toBe(false);
  });

  it("fails at once, with the reason, where no opencode is on its way, before or while it waits", async () => {
    stage.opencode.set("none");
    const first = frame("session.start", { project: "p1" });
    await runner.take(first);
    const error = { code: "opencode_unavailable", message: expect.stringContaining("a reason") };
    expect(await outcomeOf(first.id)).toMatchObject({ type: "command.failed", data: { error } });
    stage.opencode.set("coming");
    const second = frame("session.start", { project: "p1" });
    await runner.take(second);
    stage.opencode.set("none");
    expect(await outcomeOf(second.id)).toMatchObject({ type: "command.failed", data: { error } });
  });

  it("waits behind an earlier prompt of its session, and delays no other command", async () => {
    await session();
    double.session("ses_2", PROJECT);
    let post = (): void => undefined;
    double.before.set("prompt", () => new Promise((resolve) => (post = resolve)));
    const [first, second] = [prompt("one"), prompt("two")];
    await runner.take(first);
    await expect.poll(async () => (await outcomes(first.id)).length).toBe(1);
    await runner.take(second);
    const others = [
      frame("node.status", {}),
      frame("session.abort", { sessionId: "ses_1" }),
      frame("session.start", { project: "p1" }),
    ];
    for (const other of others) {
      await runner.take(other);
      expect(await outcomeOf(other.id)).toMatchObject({ type: "command.succeeded" });
    }
    expect([(await outcomes(first.id)).length, (await outcomes(second.id)).length]).toEqual([1, 0]);
    double.before.delete("prompt");
    post();
    await outcomeOf(first.id);
    await outcomeOf(second.id);
    expect(double.prompts.map(({ text }) => text)).toEqual(["one", "two"]);
  });

  it("of a type or with arguments that this agent does not know fails with what is wrong", async () => {
    const [unknown, wrong] = [frame("rm.rf", {}), frame("session.prompt", { sessionId: "ses_1" })];
    await Promise.all([runner.take(unknown), runner.take(wrong)]);
    const bad = (message: RegExp) => ({
      data: { error: { code: "bad_request", message: expect.stringMatching(message) } },
    });
    expect(await outcomeOf(unknown.id)).toMatchObject(bad(/does not know the command rm\.rf/));
    expect(await outcomeOf(wrong.id)).toMatchObject(bad(/text/));
  });
});

describe("a command of long ago", () => {
  const day = 86_400_000;
  const idAt = (time: number): string => {
    const hex = time.toString(16).padStart(12, "0");
    return `cmd_${hex.slice(0, 8)}-${hex.slice(8)}${newUuid().slice(13)}`;
  };

  it("is told what became of it while it is remembered, and is refused as stale when it is forgotten", async () => {
    const now = Date.now();
    const [old, fresh] = [
      frame("node.status", {}, { id: idAt(now - 31 * day) }),
      frame("node.status", {}, { id: idAt(now) }),
    ];
    for (const command of [old, fresh]) {
      await runner.take(command);
      await outcomeOf(command.id);
    }
    await forgetExecutions(stage.store, now - 30 * day);
    await restart();
    await runner.take(fresh);
    await runner.take(old);
    const told = await outcomes(old.id);
    expect(told.at(-1)).toMatchObject({ type: "command.failed", data: { error: { code: "stale" } } });
    expect((await outcomes(fresh.id)).map(({ type }) => type)).toEqual([
      "command.running",
      "command.succeeded",
      "command.succeeded",
    ]);
    const unknown = frame("node.status", {}, { id: idAt(now - 29 * day) });
    await runner.take(unknown);
    expect(await outcomeOf(unknown.id)).toMatchObject({ type: "command.succeeded" });
  });

  it("that never ended is not forgotten", async () => {
    const command = frame("session.abort", { sessionId: "ses_1" }, { id: idAt(Date.now() - 40 * day) });
    await beginExecution(stage.store, { commandId: command.id, type: command.command, args: command.args }, 1);
    await forgetExecutions(stage.store, Date.now() - 30 * day);
    await restart();
    await runner.take(command);
    await runner.recover();
    expect(await outcomeOf(command.id)).toMatchObject({
      type: "command.failed",
      data: { error: { code: "not_found" } },
    });
  });
});

// I5
describe("an agent that died at a command", () => {
  const died = async (posted: "not posted" | "posted", arrivesMs = 0): Promise<CommandFrame> => {
    double.session("ses_1", PROJECT);
    const command = prompt();
    await beginExecution(stage.store, { commandId: command.id, type: command.command, args: command.args }, 1);
    await saveMessageId(stage.store, command.id, { messageId: "msg_kept", run: double.run });
    await restart();
    if (posted === "posted") setTimeout(() => double.user("ses_1", "msg_kept"), arrivesMs);
    return command;
  };

  it.each([0, 600])("finds the prompt that it had posted, also where it comes to be only %d ms later", async (ms) => {
    const command = await died("posted", ms);
    await runner.recover();
    expect(await outcomeOf(command.id)).toMatchObject({
      type: "command.succeeded",
      data: { output: { sessionId: "ses_1", messageId: "msg_kept" } },
    });
    expect(double.prompts).toEqual([]);
  });

  it("asks the next opencode where this one ends before it can say", async () => {
    const command = await died("posted");
    double.before.set("hasPrompt", () => {
      double.before.delete("hasPrompt");
      stage.opencode.set("none");
      stage.opencode.api();
    });
    await runner.recover();
    await expect.poll(() => stage.opencode.report().state).toBe("down");
    stage.opencode.set("up");
    expect(await outcomeOf(command.id)).toMatchObject({ type: "command.succeeded" });
  });

  it("gives a session that it had created its prompt, once", async () => {
    const command = frame("session.start", { project: "p1", prompt: "hello" });
    await beginExecution(stage.store, { commandId: command.id, type: command.command, args: command.args }, 1);
    double.session("ses_1", PROJECT, { metadata: { hal: command.id } });
    await restart();
    stage.follow();
    await runner.recover();
    expect(await outcomeOf(command.id)).toMatchObject({
      type: "command.succeeded",
      data: { output: { sessionId: "ses_1" } },
    });
    expect([double.prompts.length, double.sessionsIn.size]).toEqual([1, 1]);
  });

  it("does not take for left over what this run has just begun", async () => {
    await session();
    double.before.set("prompt", () => runner.recover());
    const command = prompt();
    await runner.take(command);
    expect(await outcomeOf(command.id)).toMatchObject({ type: "command.succeeded" });
    await runner.drain();
    expect((await outcomes(command.id)).map(({ type }) => type)).toEqual(["command.running", "command.succeeded"]);
  });
});
