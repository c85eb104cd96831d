import { afterEach, beforeEach, expect, it } from "vitest";
import { INTERRUPTIONS } from "../../src/capabilities/sessions/domain/turn.ts";
import { abortSession } from "../../src/capabilities/commands/handlers/end-session.ts";
import { askedPermission } from "../support/asked-permission.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(() => stage[Symbol.asyncDispose]());

const STATUS = /^session\.(busy|waiting|retrying|idle|error)$/;

/** The statuses that were told of a session: their types, and what tells how its turn stands. */
async function statuses(session: string): Promise<unknown[]> {
  return (await stage.told())
    .filter((one) => one.session === session && STATUS.test(one.type))
    .map(({ type, data }) => data["message"] ?? data["turn"] ?? type);
}

async function last(session: string): Promise<unknown> {
  return (await statuses(session)).at(-1);
}

async function messages(session: string): Promise<unknown[]> {
  return (await stage.told())
    .filter((one) => one.session === session && one.type === "session.message")
    .map(({ data }) => `${String(data["messageId"])} ${String(data["state"])}`);
}

/** One session that works, one that waits for a person, one that tries again, one that rests. */
async function atWork(): Promise<void> {
  for (const id of ["ses_busy", "ses_waits", "ses_tries", "ses_rests"]) {
    double.session(id, PROJECT);
    double.user(id, "msg_1");
  }
  for (const id of ["ses_busy", "ses_waits", "ses_tries", "ses_rests"]) double.working.set(id, { type: "busy" });
  stage.follow();
  await expect.poll(() => last("ses_rests")).toBe("session.busy");
  for (const id of ["ses_busy", "ses_waits", "ses_tries", "ses_rests"])
    double.assistant(id, "msg_2", id === "ses_rests" ? 9 : undefined);
  double.openPermissions.push(askedPermission("per_1", "ses_waits"));
  double.tell("permission.asked", askedPermission("per_1", "ses_waits"));
  double.status("ses_tries", { type: "retry", attempt: 1, message: "429" });
  double.status("ses_rests", { type: "idle" });
  await expect.poll(() => last("ses_rests")).toBe("finished");
  expect(await last("ses_waits")).toBe("session.waiting");
}

// I19
it("tells that turns are over the moment their run ended, though no other one can start", async () => {
  await atWork();
  stage.opencode.set("none");
  await stage.context.book.runIs(undefined, 10);
  for (const id of ["ses_busy", "ses_waits", "ses_tries"]) {
    expect(await last(id)).toBe(INTERRUPTIONS.runEnded);
    expect(await messages(id)).toEqual(["msg_1 complete", "msg_2 interrupted"]);
  }
  expect(await last("ses_rests")).toBe("finished");
  expect((await stage.told()).filter(({ type }) => type === "interaction.expired")).toMatchObject([
    { session: "ses_waits", data: { interactionId: "per_1", reason: "opencode ended" } },
  ]);
});

it("applies nothing that a run said before it ended and that comes after its end was told", async () => {
  await atWork();
  await stage.context.book.runIs(undefined, 10);
  double.status("ses_rests", { type: "busy" });
  double.user("ses_rests", "msg_3");
  double.run = "run-2";
  double.working.clear();
  double.openPermissions.length = 0;
  double.endStream();
  await expect.poll(() => statuses("ses_rests")).toEqual(["session.busy", "finished", INTERRUPTIONS.unanswered]);
});

it("ends nothing where the agent alone ended, and its opencode is taken over", async () => {
  await atWork();
  stage = await stage.again();
  let asked = 0;
  double.before.set("statuses", () => void (asked += 1));
  stage.follow(30_000, 20);
  await expect.poll(() => asked).toBeGreaterThan(3);
  expect(await last("ses_busy")).toBe("session.busy");
  expect(await last("ses_waits")).toBe("session.waiting");
  expect((await stage.told()).map(({ type }) => type)).not.toContain("session.error");
});

it("takes an interruption back when a row of the end comes late, though the answer has no text", async () => {
  await atWork();
  await stage.context.book.runIs(undefined, 10);
  double.assistant("ses_busy", "msg_2", 11, { live: false });
  double.run = "run-2";
  double.working.clear();
  double.endStream();
  await expect.poll(() => last("ses_busy")).toBe("finished");
  expect(await messages("ses_busy")).toEqual(["msg_1 complete", "msg_2 interrupted", "msg_2 complete"]);
});

it("is not misled by what opencode said of a turn before its rows were read", async () => {
  await atWork();
  double.before.set("history", () => {
    double.before.clear();
    double.user("ses_rests", "msg_3", "again");
    double.status("ses_rests", { type: "busy" });
    double.assistant("ses_rests", "msg_4", 12);
    double.status("ses_rests", { type: "idle" });
  });
  stage.context.followed.onDoubt();
  await expect.poll(() => messages("ses_rests")).toContain("msg_4 complete");
  await expect.poll(() => last("ses_rests")).toBe("finished");
  expect(await statuses("ses_rests")).not.toContain("unknown");
});

it("tells a turn as left without an end only when opencode did not name it twice", async () => {
  await atWork();
  let asked = 0;
  double.before.set("statuses", () => void (asked += 1));
  double.working.delete("ses_busy");
  stage.context.followed.onDoubt();
  await expect.poll(() => last("ses_busy")).toBe(INTERRUPTIONS.left);
  expect(asked).toBe(2);
  // it was at work all the same
  double.status("ses_busy", { type: "busy" });
  await expect.poll(() => last("ses_busy")).toBe("session.busy");
});

it("tells five sessions that were stopped on purpose as aborted, also those that waited, whatever is compared meanwhile", async () => {
  const ids = ["ses_1", "ses_2", "ses_3", "ses_4", "ses_5"];
  for (const id of ids) {
    double.session(id, PROJECT);
    double.user(id, "msg_1");
  }
  stage.follow(30_000, 10);
  for (const id of ids) {
    double.status(id, { type: "busy" });
    double.assistant(id, "msg_2");
    if (id > "ses_2") double.openPermissions.push(askedPermission(`per_${id}`, id));
  }
  await expect.poll(() => last("ses_5")).toBe("session.waiting");
  // opencode says nothing of the abort on its stream: that of a turn that waits is only seen in what it is asked
  double.abortsInSilence = true;
  let asked = 0;
  double.before.set("statuses", () => void (asked += 1));
  await Promise.all(ids.map((sessionId) => abortSession(stage.context, { sessionId }, "cmd_1")));
  const before = asked;
  await expect.poll(() => asked).toBeGreaterThan(before + 3);
  for (const id of ids) {
    expect(await last(id)).toBe("aborted");
    expect(await messages(id)).toEqual(["msg_1 complete", "msg_2 aborted"]);
  }
});
