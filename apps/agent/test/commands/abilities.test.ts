import { newUuid } from "@hal/daemon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ABILITIES, type Abilities, type Ability } from "../../src/back-end.ts";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { OPENCODE_ABILITIES } from "../../src/opencode/v1/client.ts";
import type { AgentStage, Told } from "../support/agent-stage.ts";
import { knowsSession, openCommandStage, toldOf } from "../support/commands.ts";
import type { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  ({ double, stage, runner } = await openCommandStage());
});
afterEach(() => stage[Symbol.asyncDispose]());

const types = async (): Promise<string[]> => (await stage.told()).map(({ type }) => type);

function cannot(...missing: readonly Ability[]): Abilities {
  const not = Object.fromEntries(missing.map((ability) => [ability, false]));
  return { ...OPENCODE_ABILITIES, can: { ...OPENCODE_ABILITIES.can, ...not } };
}

const session = (doing: "busy" | "idle"): Promise<void> => knowsSession(stage, doing);

async function outcomeOf(command: string, args: object): Promise<Told | undefined> {
  const id = newUuid();
  await runner.take({ type: "command", id, command, args, remainingMs: 60_000 });
  await runner.drain();
  return (await toldOf(stage, id)).find(({ type }) => type !== "command.running");
}

describe("a command that needs what its back end cannot do", () => {
  const SHAPE = { type: "json_schema", schema: { type: "object" } };
  const FILE = { name: "shot.png", mimeType: "image/png", data: "iVBORw0KGgo=" };
  const answer = { interactionId: "per_1", sessionId: "ses_1" };
  it.each<[Ability, "busy" | "idle", string, object]>([
    ["todos", "idle", "session.todo", { sessionId: "ses_1" }],
    ["diff", "idle", "session.diff", { sessionId: "ses_1", messageIds: ["msg_1"] }],
    ["permission", "busy", "interaction.answer", { ...answer, kind: "permission", reply: "once" }],
    ["question", "busy", "interaction.answer", { ...answer, kind: "question", reply: "answer", answers: [["a"]] }],
    ["queue", "busy", "session.prompt", { sessionId: "ses_1", text: "and this" }],
    ["steer", "busy", "session.prompt", { sessionId: "ses_1", text: "and this", delivery: "steer" }],
    ["files", "idle", "session.prompt", { sessionId: "ses_1", text: "this", files: [FILE] }],
    ["files", "idle", "session.takes", { sessionId: "ses_1" }],
    ["format", "idle", "session.prompt", { sessionId: "ses_1", text: "this", format: SHAPE }],
  ])("is refused with a reason and asks nothing of it: %s", async (ability, doing, command, args) => {
    await session(doing);
    double.abilities = cannot(ability);
    const message = `opencode cannot ${ABILITIES[ability]}, so nothing was done`;
    expect(await outcomeOf(command, args)).toMatchObject({
      type: "command.failed",
      data: { error: { code: "bad_request", message } },
    });
    expect([double.prompts, double.asked]).toEqual([[], []]);
  });

  it("is given back, with nothing asked, where it was to wait for a session that is at work after all", async () => {
    await session("busy");
    expect(await outcomeOf("session.prompt", { sessionId: "ses_1", text: "this", delivery: "queue" })).toMatchObject({
      type: "command.failed",
      data: { error: { code: "conflict", details: { atWork: true } } },
    });
    expect(double.prompts).toEqual([]);
  });

  it("is done all the same where it does not need it just now", async () => {
    await session("idle");
    double.abilities = cannot("queue", "permission", "question", "todos", "diff", "fork");
    expect(await outcomeOf("session.prompt", { sessionId: "ses_1", text: "this" })).toMatchObject({
      type: "command.succeeded",
    });
  });
});

it.each([
  ["snapshot", "opencode says messages only as they are now, and keeps no log of what became of them"],
  ["none", "opencode keeps no log of what sessions did"],
] as const)(
  "a back end without a log (%s) is compared, and that messages may be missing is said",
  async (history, reason) => {
    await session("idle");
    double.abilities = { ...OPENCODE_ABILITIES, history };
    double.history = async () => expect.unreachable("it has none");
    double.openPermissions.push({ id: "per_1", sessionID: "ses_1", permission: "bash" });
    double.working.set("ses_1", { type: "busy" });
    stage.context.followed.onDoubt();
    await expect.poll(types).toContain("session.waiting");
    expect(stage.context.durable.problem).toMatchObject({ reason });
  },
);
