import { afterEach, beforeEach, expect, it } from "vitest";
import { isIdle } from "../src/capabilities/sessions/is-idle.ts";
import { type AgentStage, openAgentStage, PROJECT } from "./support/agent-stage.ts";
import { OpencodeApiDouble } from "./support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
  double.session("ses_1", PROJECT);
  stage.follow();
  await status("idle");
});
async function status(expected: string): Promise<void> {
  await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe(expected);
}

afterEach(() => stage[Symbol.asyncDispose]());

it("an opencode is idle where nothing works and nobody is asked", async () => {
  expect(await isIdle(stage.context)).toBe(true);
});

it.each<[string, () => void]>([
  ["a session works", () => double.status("ses_1", { type: "busy" })],
  ["a session that was not told yet works", () => void double.working.set("ses_1", { type: "busy" })],
  ["a person is asked", () => double.tell("question.asked", { id: "que_1", sessionID: "ses_1", questions: [] })],
])("an opencode is not idle while %s", async (_name, act) => {
  act();
  await expect.poll(() => isIdle(stage.context)).toBe(false);
});

it("an opencode is not idle where a session began to work while it was asked", async () => {
  const { context } = stage;
  double.before.set("statuses", async () => {
    double.before.delete("statuses");
    double.tell("session.status", { sessionID: "ses_1", status: { type: "busy" } });
    await status("busy");
  });
  expect(await isIdle(context)).toBe(false);
});
