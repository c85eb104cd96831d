import { HalError } from "@hal/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { awaitTurn } from "../../src/capabilities/commands/await-turn.ts";
import { ConfigError } from "../../src/domain/config-error.ts";
import { isUnclear } from "../../src/domain/unclear-error.ts";
import { type AgentStage, openAgentStage } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(async () => {
  vi.useRealTimers();
  await stage[Symbol.asyncDispose]();
});

/** What a turn comes to of which nothing is heard. */
async function unheard(): Promise<unknown> {
  const turn = awaitTurn(stage.context, "ses_1", "msg_1");
  const begun = turn.begun.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  turn.stop();
  return begun;
}

it("has begun where opencode has the prompt", async () => {
  double.session("ses_1", "/projects/p1");
  double.user("ses_1", "msg_1");
  expect(await unheard()).toBeUndefined();
});

it("is unclear where opencode does not have the prompt, which may be on its way", async () => {
  expect(await unheard()).toSatisfy(isUnclear);
});

it("is unclear where opencode refuses to say it: its project may have been broken after the prompt was taken", async () => {
  double.before.set("hasPrompt", () => {
    throw new ConfigError("opencode answered 400 to message: opencode.json: ValueExpected", "opencode.json");
  });
  const error = await unheard();
  expect(error).toSatisfy(isUnclear);
  expect((error as HalError).message).toContain("ValueExpected");
});
