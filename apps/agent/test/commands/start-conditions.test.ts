import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandFrame } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage } from "../support/agent-stage.ts";
import { endOf, runnerOn } from "../support/commands.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let directory: string;
let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "hal start "));
  double = new OpencodeApiDouble();
  double.contextLimits.set("fake/one", 1_000);
  stage = await openAgentStage(double, undefined, directory);
  runner = await runnerOn(stage);
  stage.follow();
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

let made = 0;
function start(conditions: object): CommandFrame {
  made += 1;
  const args = { project: "p1", ...conditions };
  return { type: "command", id: `cmd_start_${made}`, command: "session.start", args, remainingMs: 60_000 };
}
const needs = (command: string, timeoutMs = 30_000) => ({ precondition: { command, timeoutMs } });
const sessions = (): number => double.sessionsIn.size;

async function outcomeOf(frame: CommandFrame) {
  await runner.take(frame);
  return endOf(stage, frame.id);
}

describe("a start that depends on something", () => {
  it("begins where that ends well", async () => {
    expect(await outcomeOf(start(needs("touch looked")))).toMatchObject({ type: "command.succeeded" });
    expect([existsSync(join(directory, "looked")), sessions()]).toEqual([true, 1]);
  });

  it("does not where that ends otherwise, and says how, without a secret", async () => {
    expect(await outcomeOf(start(needs("echo hidden-from-all is old; exit 4")))).toMatchObject({
      type: "command.failed",
      data: {
        error: {
          code: "conflict",
          message: "its precondition ended with exit code 4: (secret) is old",
          details: { precondition: "4" },
        },
      },
    });
    expect(await outcomeOf(start(needs("sleep 30", 50)))).toMatchObject({
      data: {
        error: { message: expect.stringContaining("took longer than 0.05 s"), details: { precondition: "timed_out" } },
      },
    });
    expect(sessions()).toBe(0);
  });

  it("does not begin behind a stop of everything, or a hold, that came meanwhile", async () => {
    const frame = start({ prompt: "go", ...needs("touch begun; while [ ! -e go ]; do sleep 0.02; done") });
    const ending = outcomeOf(frame);
    await expect.poll(() => existsSync(join(directory, "begun"))).toBe(true);
    stage.context.prompts.stop(undefined);
    writeFileSync(join(directory, "go"), "");
    expect(await ending).toMatchObject({ data: { error: { code: "cancelled" } } });
    expect(sessions()).toBe(0);
  });

  it("does not know what became of it where its agent died meanwhile, and no session is left", async () => {
    const frame = start(needs("touch begun; sleep 5"));
    void runner.take(frame);
    await expect.poll(() => existsSync(join(directory, "begun"))).toBe(true);
    stage = await stage.again();
    runner = await runnerOn(stage);
    await runner.recover();
    expect(await endOf(stage, frame.id)).toMatchObject({
      data: { error: { code: "interrupted", message: expect.stringContaining("no session of this start") } },
    });
    expect(sessions()).toBe(0);
  }, 30_000);

  it.each([
    [{ model: "fake/two" }, "model: opencode has no fake/two in project p1; did you mean fake/one?; it has: fake/one"],
    [{ agent: "paint" }, "agent: opencode has no paint in project p1; it has: build, plan"],
  ])("is refused with %j where opencode does not have that", async (wanted, message) => {
    expect(await outcomeOf(start({ ...wanted, verified: true }))).toMatchObject({
      data: { error: { code: "bad_request", message } },
    });
    expect(sessions()).toBe(0);
    const check = { ...start({}), command: "project.check", args: { project: "p1", ...wanted } };
    expect(await outcomeOf(check)).toMatchObject({ data: { output: { problem: message } } });
  });

  it("begins with what opencode has", async () => {
    const wanted = { model: "fake/one", agent: "plan" };
    expect(await outcomeOf(start({ ...wanted, verified: true }))).toMatchObject({ type: "command.succeeded" });
    const check = { ...start({}), command: "project.check", args: { project: "p1", ...wanted } };
    expect(await outcomeOf(check)).toMatchObject({ data: { output: {} } });
  });
});
