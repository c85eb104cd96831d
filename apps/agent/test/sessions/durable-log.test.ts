import { HalError } from "@hal/protocol";
import { systemClock } from "@hal/daemon";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnclearError } from "../../src/domain/unclear-error.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stage[Symbol.asyncDispose]();
});

async function told(session: string): Promise<string[]> {
  const all = await stage.told();
  return all
    .filter((one) => one.session === session)
    .map(({ type, data }) => `${type} ${typeof data["turn"] === "string" ? data["turn"] : ""}`.trim());
}

/** A session whose turn is under way, as the agent knows it. */
async function atWork(): Promise<void> {
  double.session("ses_1", PROJECT);
  double.user("ses_1", "msg_1");
  double.assistant("ses_1", "msg_2");
  double.working.set("ses_1", { type: "busy" });
  stage.follow(30_000, 40);
  await expect.poll(() => told("ses_1")).toContain("session.busy");
}

const fails = (failure: HalError): void => {
  double.before.set("history", () => {
    throw failure;
  });
};
const PERMISSION = {
  id: "per_1",
  sessionID: "ses_1",
  permission: "bash",
  patterns: [],
  always: [],
  metadata: {},
};
const BROKEN = new UnclearError("opencode_error", "opencode answered 500 to history: broken");

/** The log says more again. */
async function isMended(): Promise<void> {
  double.before.delete("history");
  stage.context.followed.onDoubt();
  await expect.poll(() => stage.context.durable.problem).toBeUndefined();
}

describe("an opencode that cannot say its durable log", () => {
  it.each([
    ["by its status", BROKEN],
    ["by a refusal", new HalError("opencode_error", "opencode answered 400 to history: bad")],
    ["because the answer is cut, or does not come in time", new UnclearError("opencode_unavailable", "timed out")],
  ])("is compared all the same, and that rows may be missing is a problem: %s", async (_how, failure) => {
    await atWork();
    fails(failure);
    double.openPermissions.push(PERMISSION);
    stage.context.followed.onDoubt();
    await expect.poll(() => told("ses_1")).toContain("session.waiting");
    expect(stage.context.durable.problem).toMatchObject({ reason: failure.message });
    expect(stage.context.directories.failing.size).toBe(0);
  });

  it("does not say that a turn was interrupted of which the end may be among what it cannot say", async () => {
    await atWork();
    fails(BROKEN);
    double.assistant("ses_1", "msg_2", 9, { live: false });
    double.working.delete("ses_1");
    for (let look = 0; look < 3; look += 1) stage.context.followed.onDoubt();
    await expect.poll(() => told("ses_1")).toContain("session.idle unknown");
    double.tell("sync", {}, { aggregateID: "ses_1", seq: 99, type: "other.1", data: {} });
    await isMended();
    await expect.poll(() => told("ses_1")).toContain("session.idle finished");
    expect(await told("ses_1")).not.toContain("session.error");
  }, 20_000);

  it("loses no row that comes live behind those that are missing", async () => {
    await atWork();
    fails(BROKEN);
    double.user("ses_1", "msg_3", "is not heard");
    double.row(
      "ses_1",
      "message.updated.1",
      { info: { id: "msg_4", role: "user", time: { created: 9 } } },
      { live: false },
    );
    double.user("ses_1", "msg_5", "is heard, behind a hole");
    await expect.poll(() => stage.context.durable.problem).toBeDefined();
    await isMended();
    const ids = async () =>
      (await stage.told()).flatMap(({ type, data }) => (type === "session.message" ? [data["messageId"]] : []));
    await expect.poll(ids).toEqual(expect.arrayContaining(["msg_1", "msg_3", "msg_4", "msg_5"]));
  }, 20_000);

  it("is read by the very next comparison where it failed at once, as when a connection breaks", async () => {
    await atWork();
    fails(new UnclearError("opencode_unavailable", "socket hang up"));
    double.assistant("ses_1", "msg_2", 9, { live: false });
    double.working.delete("ses_1");
    stage.context.followed.onDoubt();
    await expect.poll(() => stage.context.durable.problem).toBeDefined();
    double.before.delete("history");
    double.endStream();
    await expect.poll(() => told("ses_1")).toContain("session.idle finished");
  });

  it("is asked for beside the comparisons where it never answers, and they go on", async () => {
    await atWork();
    const silence = Promise.withResolvers<void>();
    let asked = 0;
    let passedMs = 0;
    vi.spyOn(systemClock, "monotonic").mockImplementation(() => performance.now() + passedMs);
    double.before.set("history", async () => {
      asked += 1;
      if (asked > 1) await silence.promise;
      passedMs += 60_000;
      throw new UnclearError("opencode_unavailable", "timed out");
    });
    stage.context.followed.onDoubt();
    await expect.poll(() => stage.context.durable.problem).toBeDefined();
    passedMs += 60_000;
    double.openPermissions.push(PERMISSION);
    stage.context.followed.onDoubt();
    await expect.poll(() => told("ses_1")).toContain("session.waiting");
    expect(asked).toBe(2);
    silence.resolve();
  });

  it("is given up as a whole where it answers nothing any more", async () => {
    await atWork();
    fails(new UnclearError("opencode_unavailable", "socket hang up"));
    double.isUp = false;
    stage.context.followed.onDoubt();
    await expect.poll(() => stage.lines.join("")).toContain("lost opencode's events");
    expect(stage.context.durable.problem).toBeUndefined();
  });
});
