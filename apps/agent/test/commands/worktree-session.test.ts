import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandFrame } from "@hal/protocol";
import { beginExecution } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { tidyOnce } from "../../src/capabilities/commands/tidy-worktrees.ts";
import { type AgentStage, openAgentStage, type Told } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let folder: string;
let directory: string;
let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "hal repository ")));
  directory = join(folder, "p1");
  mkdirSync(directory);
  writeFileSync(join(directory, "a.txt"), "a\n");
  const author = ["-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "commit.gpgsign=false"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    ["commit", "--quiet", "--message", "first"],
  ])
    execFileSync("git", [...author, ...args], { cwd: directory });
  double = new OpencodeApiDouble();
  await begin(await openAgentStage(double, undefined, directory));
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function begin(next: AgentStage): Promise<void> {
  stage = next;
  stage.follow();
  runner = new CommandRunner(stage.context);
  await runner.load();
}

let made = 0;
const START = { project: "p1", worktree: true };
async function take(command: string, args: object): Promise<Told> {
  made += 1;
  const id = `cmd_${made}`;
  const frame: CommandFrame = { type: "command", id, command, args, remainingMs: 60_000 };
  await runner.take(frame);
  return outcomeOf(id);
}

async function outcomeOf(id: string): Promise<Told> {
  const ends = async (): Promise<Told[]> =>
    (await stage.told()).filter(({ type, data }) => data["commandId"] === id && type !== "command.running");
  await expect.poll(async () => (await ends()).length, { timeout: 20_000 }).toBe(1);
  return (await ends())[0] as Told;
}

async function start(): Promise<{ readonly id: string; readonly path: string }> {
  const { data } = await take("session.start", START);
  const { sessionId: id } = data["output"] as { readonly sessionId: string };
  await expect.poll(() => stage.context.book.get(id)?.saved.worktree).toBeDefined();
  return { id, path: stage.context.book.get(id)?.saved.worktree as string };
}

async function of(type: string): Promise<Told[]> {
  return (await stage.told()).filter((told) => told.type === type);
}

// I30
describe("a session with a worktree of its own", () => {
  it("works there, is its project's, and says so; another one that is to be alone begins beside it", async () => {
    const { id, path } = await start();
    expect(double.sessionsIn.get(id)?.directory).toBe(path);
    expect(await of("session.started")).toMatchObject([{ session: id, project: "p1", data: { worktree: path } }]);
    double.status(id, { type: "busy" });
    await expect.poll(() => stage.context.book.get(id)?.status).toBe("busy");
    expect(await take("session.start", { project: "p1", alone: true })).toMatchObject({ type: "command.succeeded" });
  });

  it("keeps its worktree while it lives; once it has ended that goes, and it is told once, over restarts, too", async () => {
    const { id, path } = await start();
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toHaveLength(1);
    expect(await take("session.kill", { sessionId: id })).toMatchObject({ type: "command.succeeded" });
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toEqual([]);
    await begin(await stage.again());
    await tidyOnce(stage.context);
    expect(await of("session.worktree")).toMatchObject([{ session: id, data: { directory: path, state: "removed" } }]);
  });

  it("leaves it where something is not committed, which is told once with the reason, and goes when that is done", async () => {
    const { id, path } = await start();
    writeFileSync(join(path, "b.txt"), "b\n");
    await take("session.kill", { sessionId: id });
    for (let times = 0; times < 2; times += 1) await tidyOnce(stage.context);
    await begin(await stage.again());
    await tidyOnce(stage.context);
    const kept = { directory: path, state: "kept", reason: "one file is not committed", branch: expect.any(String) };
    expect(await of("session.worktree")).toMatchObject([{ session: id, data: kept }]);
    rmSync(join(path, "b.txt"));
    await tidyOnce(stage.context);
    expect((await of("session.worktree")).map(({ data }) => data["state"])).toEqual(["kept", "removed"]);
  });

  it("is told of where the agent died between the removal and the telling, and where a person took it away", async () => {
    const { id, path } = await start();
    await take("session.kill", { sessionId: id });
    execFileSync("git", ["worktree", "remove", path], { cwd: directory });
    await begin(await stage.again());
    await tidyOnce(stage.context);
    expect(await of("session.worktree")).toMatchObject([{ session: id, data: { state: "removed" } }]);
  });

  it("is restarted in the same worktree, which stays for the one that goes on", async () => {
    const { id, path } = await start();
    const { data } = await take("session.restart", { sessionId: id, handover: false, prompt: "go on" });
    const { sessionId: next } = data["output"] as { readonly sessionId: string };
    expect(double.sessionsIn.get(next)?.directory).toBe(path);
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toHaveLength(1);
  });

  it("is not begun where no worktree can be made, and opencode is asked for nothing", async () => {
    rmSync(join(directory, ".git"), { recursive: true });
    expect(await take("session.start", START)).toMatchObject({
      type: "command.failed",
      data: { error: { code: "bad_request", message: expect.stringMatching(/^project p1 is no git repository/) } },
    });
    expect(double.sessionsIn.size).toBe(0);
  });
});

describe("an agent that dies at a start with a worktree", () => {
  /** What an agent leaves that began the command and died. */
  async function leave(id: string): Promise<void> {
    const command = { commandId: id, type: "session.start", args: { ...START, prompt: "write it" }, key: undefined };
    await beginExecution(stage.store, command, 1);
  }

  it("before anything was made: it says so, and nothing is left", async () => {
    await leave("cmd_before");
    await begin(await stage.again());
    await runner.recover();
    expect(await outcomeOf("cmd_before")).toMatchObject({ data: { error: { code: "interrupted" } } });
    expect(stage.context.worktrees.all()).toEqual([]);
  }, 30_000);

  it("behind the worktree: no other look takes it away before that is known, and then it goes", async () => {
    await leave("cmd_middle");
    await stage.context.worktrees.make({ name: "p1", directory }, "cmd_middle");
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toHaveLength(1);
    await begin(await stage.again());
    await runner.recover();
    expect(await outcomeOf("cmd_middle")).toMatchObject({ data: { error: { code: "interrupted" } } });
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toEqual([]);
  }, 30_000);

  it("behind the session: it goes on there, and gives it its prompt once", async () => {
    await leave("cmd_behind");
    const path = await stage.context.worktrees.make({ name: "p1", directory }, "cmd_behind");
    const id = await double.createSession({ directory: path, commandId: "cmd_behind" });
    await begin(await stage.again());
    await runner.recover();
    expect(await outcomeOf("cmd_behind")).toMatchObject({
      type: "command.succeeded",
      data: { output: { sessionId: id } },
    });
    expect(double.prompts).toMatchObject([{ sessionId: id, text: "write it" }]);
    await tidyOnce(stage.context);
    expect(stage.context.worktrees.all()).toHaveLength(1);
  }, 30_000);
});
