import { HalError } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isIdle } from "../../src/capabilities/sessions/is-idle.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

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

it("an opencode is idle where it cannot read the configuration of a directory and nothing is known to work there", async () => {
  double.misconfigured.set(PROJECT, `${PROJECT}/opencode.json`);
  expect(await isIdle(stage.context)).toBe(true);
});

it.each<[string, () => void]>([
  ["was told to work", () => double.status("ses_1", { type: "busy" })],
  ["was told to wait for its provider", () => double.status("ses_1", { type: "retry", attempt: 1, message: "later" })],
  ["asks a person", () => double.tell("question.asked", { id: "que_1", sessionID: "ses_1", questions: [] })],
])(
  "an opencode that cannot read a directory's configuration is not idle while a session there %s",
  async (_name, act) => {
    act();
    await expect.poll(() => stage.context.book.get("ses_1")?.status).not.toBe("idle");
    double.misconfigured.set(PROJECT, `${PROJECT}/opencode.json`);
    expect(await isIdle(stage.context)).toBe(false);
  },
);

it.each<[string, () => void]>([
  ["by a status of its own", () => void double.broken.add(PROJECT)],
  ["by silence", () => void double.cut.set(PROJECT, new HalError("opencode_unavailable", "no answer within 20 s"))],
])("an opencode is not idle where a directory fails %s: who knows what works there", async (_name, act) => {
  act();
  expect(await isIdle(stage.context)).toBe(false);
});

it("a directory that answers again fails no more, though it failed when it was asked whether it is idle", async () => {
  double.broken.add(PROJECT);
  await isIdle(stage.context);
  expect(stage.context.directories.problemOf(PROJECT)?.reason).toContain("broken");
  double.broken.clear();
  double.tell("server.instance.disposed", {});
  await expect.poll(() => stage.context.directories.problemOf(PROJECT)).toBeUndefined();
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
