import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerInteraction } from "../../src/capabilities/commands/handlers/answer-interaction.ts";
import { SOON_MS } from "../../src/capabilities/sessions/compare/ask-soon.ts";
import { awaitSession } from "../../src/capabilities/commands/await-session.ts";
import { INTERRUPTIONS } from "../../src/capabilities/sessions/domain/turn.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(() => stage[Symbol.asyncDispose]());

const permission = (id: string, sessionID = "ses_1") => ({
  id,
  sessionID,
  permission: "bash",
  patterns: ["git push"],
  always: [],
  metadata: {},
});

/** How a session gets on is told beside it at any time, and says nothing of what it does. */
async function types(session?: string): Promise<string[]> {
  const all = (await stage.told()).filter(({ type }) => type !== "session.health");
  return all.filter((one) => session === undefined || one.session === session).map(({ type }) => type);
}

/** Waits until an event of this type was told. */
async function told(type: string): Promise<Told> {
  await expect.poll(() => types()).toContain(type);
  return (await stage.told()).findLast((one) => one.type === type) as Told;
}

/** A session that works and asks, told as such. */
async function waiting(): Promise<void> {
  double.session("ses_1", PROJECT);
  double.user("ses_1", "msg_1");
  double.working.set("ses_1", { type: "busy" });
  stage.follow();
  await told("session.busy");
  double.openPermissions.push(permission("per_1"));
  double.tell("permission.asked", permission("per_1"));
  await told("session.waiting");
}

/** A turn of which nothing comes on the stream. */
function unheardTurn(session: string): void {
  const row = (type: string, data: object): void => double.row(session, type, data, { live: false });
  row("message.updated.1", { info: { id: "msg_1", role: "user", time: { created: 2 } } });
  row("message.part.updated.1", { part: { id: "prt_1", messageID: "msg_1", type: "text", text: "hello" } });
  row("message.updated.1", {
    info: { id: "msg_2", role: "assistant", finish: "stop", time: { created: 3, completed: 9 } },
  });
}

/** How it was told to rest, each time. */
async function rests(session: string): Promise<unknown[]> {
  const all = (await stage.told()).filter((one) => one.session === session && one.type === "session.idle");
  return all.map(({ data }) => data);
}

/** Follows, and waits until opencode's log was read once. */
async function onceCompared(follow: () => void): Promise<void> {
  const read = Promise.withResolvers<void>();
  double.before.set("statuses", read.resolve);
  follow();
  await read.promise;
}

describe("an agent whose stream of events lives and leaves something out", () => {
  it("finds it in opencode's durable log within moments", async () => {
    await onceCompared(() => stage.follow(30_000, 20));
    double.session("ses_2", PROJECT, {}, { live: false });
    await expect.poll(() => types("ses_2")).toContain("session.started");
  });

  it("finds that a turn has ended, and what waits for an answer, within moments", async () => {
    for (const id of ["ses_1", "ses_2"]) double.session(id, PROJECT);
    stage.follow(30_000, 20);
    double.user("ses_1", "msg_1");
    for (const id of ["ses_1", "ses_2"]) double.status(id, { type: "busy" });
    await expect.poll(() => types("ses_2")).toContain("session.busy");
    double.assistant("ses_1", "msg_2", 9, { live: false });
    double.working.delete("ses_1");
    double.openPermissions.push(permission("per_1", "ses_2"));
    await expect.poll(async () => (await types("ses_1")).at(-1)).toBe("session.idle");
    await expect.poll(() => types("ses_2")).toContain("session.waiting");
    double.openPermissions.length = 0;
    await expect.poll(async () => (await types("ses_2")).slice(-2)).toEqual(["interaction.expired", "session.busy"]);
  });

  it("tells how a turn ended that came and went while opencode was asked, and not that there was none", async () => {
    stage.follow(30_000, 20);
    double.session("ses_0", PROJECT);
    await told("session.idle");
    double.session("ses_1", PROJECT, {}, { live: false });
    double.before.set("statuses", () => {
      double.before.delete("statuses");
      unheardTurn("ses_1");
    });
    double.endStream();
    await expect.poll(async () => (await types("ses_1")).at(-1)).toBe("session.idle");
    expect(await rests("ses_1")).toEqual([{ turn: "finished" }]);
  });

  it("tells that of one whose directory answered late, too", async () => {
    stage.follow(30_000, 20);
    double.session("ses_0", PROJECT);
    await told("session.idle");
    double.session("ses_1", PROJECT, {}, { live: false });
    let turn: Promise<void> | undefined;
    // a look at the stream that ends may ask first: whoever does waits for the turn, as they would for a directory
    double.before.set("statuses", () => (turn ??= delay(SOON_MS + 100).then(() => unheardTurn("ses_1"))));
    double.endStream();
    await expect.poll(async () => (await types("ses_1")).at(-1)).toBe("session.idle");
    expect(await rests("ses_1")).toEqual([{ turn: "finished" }]);
  });

  it("does not take what a session cost back to what opencode said before its newest row", async () => {
    stage.follow(30_000, 20);
    double.session("ses_1", PROJECT);
    await told("session.idle");
    const compared = new Promise<void>((resolve) => {
      double.before.set("listed", () => {
        double.before.delete("listed");
        const info = { ...double.sessionsIn.get("ses_1"), cost: 0.5 };
        double.row("ses_1", "session.updated.1", { info }, { live: false });
        // that of the comparison which has listed it as it was, and not of one before it
        stage.context.followed.onCompared = resolve;
      });
    });
    double.endStream();
    await compared;
    const costs = (await stage.told()).filter(({ type }) => type === "session.updated");
    expect(costs.map(({ data }) => data["costMicroUsd"])).toEqual([500_000]);
  });

  it("leaves one to the next look that was at work when it was asked and whose rows say that it came to its end since", async () => {
    stage.follow(30_000, 20);
    double.session("ses_1", PROJECT);
    await told("session.idle");
    double.working.set("ses_1", { type: "busy" });
    double.before.set("history", () => {
      // before the log is read for the second time in this comparison
      double.before.set("history", () => {
        double.before.delete("history");
        double.working.clear();
      });
      unheardTurn("ses_1");
    });
    double.endStream();
    await expect.poll(async () => (await rests("ses_1")).at(-1)).toEqual({ turn: "finished" });
    expect(await types("ses_1")).not.toContain("session.busy");
  });

  it("does not tell a session that was created just now as at rest before its first turn", async () => {
    await onceCompared(() => stage.follow(30_000, 20));
    const now = Date.now();
    double.session("ses_1", PROJECT, { time: { created: now, updated: now } });
    let looks = 0;
    double.before.set("statuses", () => void (looks += 1));
    await expect.poll(() => looks).toBeGreaterThan(3);
    expect(await types("ses_1")).toEqual(["session.started"]);
  });

  it("judges one whose prompt an earlier run of opencode left, however new it is", async () => {
    const created = Date.now() - 1_000;
    double.session("ses_1", PROJECT, { time: { created, updated: created } });
    double.user("ses_1", "msg_1");
    stage.follow(30_000, 20);
    expect(await told("session.error")).toMatchObject({ data: { message: INTERRUPTIONS.unanswered } });
  });

  it("asks what a session costs whose turn was stopped: opencode tells no row of it", async () => {
    double.session("ses_1", PROJECT);
    double.user("ses_1", "msg_1");
    double.working.set("ses_1", { type: "busy" });
    stage.follow(30_000, 20);
    await told("session.busy");
    double.sessionsIn.set("ses_1", { ...double.sessionsIn.get("ses_1"), cost: 0.25 } as never);
    double.tell("session.error", {
      sessionID: "ses_1",
      error: { name: "MessageAbortedError", data: { message: "Aborted" } },
    });
    double.status("ses_1", { type: "idle" });
    await told("session.idle");
    await expect.poll(async () => (await told("session.updated")).data["costMicroUsd"]).toBe(250_000);
  });

  it("judges one that was created just now and whose prompt has no answer like any other, also where the stream spoke of it meanwhile", async () => {
    await onceCompared(() => stage.follow(30_000, 20));
    const now = Date.now();
    double.session("ses_1", PROJECT, { time: { created: now, updated: now } });
    await told("session.started");
    double.before.set("statuses", () => {
      double.before.delete("statuses");
      double.user("ses_1", "msg_1");
    });
    stage.context.followed.onDoubt();
    expect(await told("session.error")).toMatchObject({ data: { message: INTERRUPTIONS.unanswered } });
    double.status("ses_1", { type: "busy" });
    await expect.poll(async () => (await types("ses_1")).at(-1)).toBe("session.busy");
  });

  it("judges one that was created just now and whose answer has no end like any other: it is not about to begin", async () => {
    const now = Date.now();
    double.session("ses_1", PROJECT, { time: { created: now, updated: now } });
    double.user("ses_1", "msg_1");
    double.assistant("ses_1", "msg_2");
    stage.follow(30_000, 20);
    expect(await told("session.error")).toMatchObject({ data: { message: INTERRUPTIONS.left } });
    expect((await types("ses_1")).filter((type) => type === "session.error")).toHaveLength(1);
  });

  it("asks for a session that it created itself, and gives it its prompt", async () => {
    double.tellsOfCreated = false;
    await onceCompared(() => stage.follow());
    const id = await double.createSession({ directory: PROJECT, commandId: "cmd_1" });
    await awaitSession(stage.context, id);
    expect(await types(id)).toContain("session.started");
  });
});

it("tells a turn as aborted that is stopped while opencode waits to ask its provider again: no row says so", async () => {
  double.session("ses_1", PROJECT);
  double.user("ses_1", "msg_1");
  stage.follow();
  double.row("ses_1", "message.updated.1", { info: { id: "msg_2", role: "assistant", time: { created: 3 } } });
  double.status("ses_1", { type: "retry", attempt: 1, message: "overloaded", next: Date.now() + 60_000 });
  await told("session.retrying");
  double.row("ses_1", "message.updated.1", {
    info: { id: "msg_2", role: "assistant", time: { created: 3, completed: 9 } },
  });
  double.status("ses_1", { type: "idle" });
  expect(await told("session.idle")).toMatchObject({ data: { aborted: true, turn: "aborted" } });
  expect(await told("session.message")).toMatchObject({ data: { state: "aborted" } });
});

describe("an agent that was away", () => {
  it("tells of a permission that somebody answered in opencode itself that nobody waits any more", async () => {
    await waiting();
    stage = await stage.again();
    double.openPermissions.length = 0;
    stage.follow();
    await told("interaction.expired");
    expect((await types()).slice(-2)).toEqual(["interaction.expired", "session.busy"]);
  });

  it("tells what was asked meanwhile, also by a child", async () => {
    await waiting();
    stage = await stage.again();
    double.session("ses_2", PROJECT, { parentID: "ses_1" });
    double.status("ses_2", { type: "busy" });
    double.openQuestions.push({ id: "que_1", sessionID: "ses_2", questions: [] });
    stage.follow();
    await told("session.waiting");
    await expect
      .poll(() => types("ses_2"))
      .toEqual(["session.started", "session.busy", "interaction.asked", "session.waiting"]);
  });

  it("tells of a session that was deleted that it has ended, and nothing else", async () => {
    await waiting();
    const before = await types();
    stage = await stage.again();
    double.sessionsIn.delete("ses_1");
    double.working.delete("ses_1");
    double.openPermissions.length = 0;
    double.run = "run-2";
    stage.follow();
    expect(await told("session.ended")).toMatchObject({ session: "ses_1", data: { reason: "deleted" } });
    // its run is over, which is told before anything is asked of the next one
    expect(await types()).toEqual([...before, "interaction.expired", "session.error", "session.ended"]);
  });

  it("tells a turn that ended meanwhile as ended, and one that died with its opencode as interrupted", async () => {
    for (const id of ["ses_1", "ses_2"]) {
      double.session(id, PROJECT);
      double.user(id, `msg_${id}_1`);
    }
    stage.follow();
    for (const id of ["ses_1", "ses_2"]) double.status(id, { type: "busy" });
    await expect.poll(() => types("ses_2")).toContain("session.busy");
    stage = await stage.again();
    double.assistant("ses_1", "msg_ses_1_2", 9);
    double.assistant("ses_2", "msg_ses_2_2");
    double.working.clear();
    double.run = "run-2";
    stage.follow();
    const statuses = async (session: string) =>
      (await stage.told())
        .filter((one) => one.session === session && /\.(idle|error)$/.test(one.type))
        .map(({ data }) => data);
    const unseen = expect.objectContaining({ message: INTERRUPTIONS.unseen });
    await expect.poll(() => statuses("ses_1")).toEqual([unseen, { turn: "finished", corrects: true }]);
    await expect
      .poll(() => statuses("ses_2"))
      .toEqual([unseen, expect.objectContaining({ message: INTERRUPTIONS.runEnded })]);
    expect((await types("ses_2")).slice(-2)).toEqual(["session.message", "session.error"]);
    const messages = (await stage.told()).filter(
      ({ session, type }) => session === "ses_2" && type === "session.message",
    );
    expect(messages.at(-1)?.data["state"]).toBe("interrupted");
  });

  it("tells a turn as interrupted once, although opencode was started again twice in a row", async () => {
    await waiting();
    double.openPermissions.length = 0;
    double.working.clear();
    double.run = "run-2";
    // the second run dies in the middle of the comparison with it
    let asked = 0;
    double.before.set("statuses", () => {
      asked += 1;
      if (asked > 1) return;
      double.run = "run-3";
      throw new Error("the socket hung up");
    });
    double.endStream();
    await told("session.error");
    await expect.poll(() => asked).toBe(2);
    double.before.clear();
    double.run = "run-4";
    double.endStream();
    double.session("ses_2", PROJECT);
    await expect.poll(() => types("ses_2")).toContain("session.started");
    expect((await types("ses_1")).filter((type) => type === "session.error")).toHaveLength(1);
    expect((await types("ses_1")).filter((type) => type === "interaction.expired")).toHaveLength(1);
  });
});

describe("while a comparison runs", () => {
  it("what happens is told after it, in its order, and nothing twice", async () => {
    double.session("ses_1", PROJECT);
    let held = false;
    double.before.set("statuses", () => {
      if (held) return;
      held = true;
      // opencode goes on while it is asked: the comparison has the rows already, or not
      double.user("ses_1", "msg_1");
      double.status("ses_1", { type: "busy" });
      double.assistant("ses_1", "msg_2", 9);
      double.status("ses_1", { type: "idle" });
    });
    stage.follow();
    await expect
      .poll(() => types())
      .toEqual(["session.started", "session.message", "session.busy", "session.message", "session.idle"]);
  });

  it("tells a rest once, although the comparison knows of it before the stream has come so far", async () => {
    double.session("ses_1", PROJECT);
    double.user("ses_1", "msg_1");
    double.working.set("ses_1", { type: "busy" });
    stage.follow(30_000, 20);
    await told("session.busy");
    double.before.set("statuses", () => {
      double.before.clear();
      // a further step of the turn, and its end: the answer has both already
      double.status("ses_1", { type: "busy" });
      double.status("ses_1", { type: "idle" });
    });
    double.assistant("ses_1", "msg_2", 9);
    await told("session.idle");
    double.session("ses_2", PROJECT);
    await expect.poll(() => types("ses_2")).toContain("session.started");
    expect(await types("ses_1")).toEqual([
      "session.started",
      "session.message",
      "session.busy",
      "session.message",
      "session.idle",
    ]);
  });

  it("tells nothing as waiting that was answered and over before the comparison asked", async () => {
    await waiting();
    const before = await types("ses_1");
    double.before.set("statuses", () => {
      double.before.clear();
      double.openPermissions.length = 0;
      double.tell("permission.replied", { sessionID: "ses_1", requestID: "per_1", reply: "once" });
      double.assistant("ses_1", "msg_2", 9);
      double.status("ses_1", { type: "idle" });
    });
    stage.context.followed.onDoubt();
    await told("session.idle");
    expect((await types("ses_1")).slice(before.length)).toEqual([
      "interaction.answered",
      "session.busy",
      "session.message",
      "session.idle",
    ]);
  });

  it("judges by itself soon after what it left to the stream, where the stream left something out", async () => {
    double.session("ses_1", PROJECT);
    double.user("ses_1", "msg_1");
    double.working.set("ses_1", { type: "busy" });
    stage.follow();
    await told("session.busy");
    double.before.set("statuses", () => {
      double.before.clear();
      double.status("ses_1", { type: "busy" });
      double.assistant("ses_1", "msg_2", 9);
      double.working.delete("ses_1");
    });
    stage.context.followed.onDoubt();
    expect(await told("session.idle")).toMatchObject({ session: "ses_1", data: { turn: "finished" } });
  });

  it("a stream that ends has all of it compared again", async () => {
    double.session("ses_1", PROJECT);
    let asked = 0;
    double.before.set("history", () => {
      asked += 1;
      if (asked === 1) double.endStream();
      double.user("ses_1", `msg_${asked}`);
    });
    stage.follow();
    await expect.poll(() => asked).toBeGreaterThan(1);
    double.before.clear();
    double.user("ses_1", "msg_9");
    double.tell("session.status", { sessionID: "ses_1", status: { type: "busy" } });
    await expect
      .poll(async () =>
        (await stage.told()).filter(({ type }) => type === "session.message").map(({ data }) => data["messageId"]),
      )
      .toEqual(["msg_1", "msg_2", "msg_9"]);
  });

  it("a turn that a command is stopping is told as opencode tells it, not as the comparison would judge it", async () => {
    await waiting();
    const leave = stage.context.acting.begin("ses_1");
    double.openPermissions.length = 0;
    double.working.delete("ses_1");
    const asked = Promise.withResolvers<void>();
    double.before.set("statuses", asked.resolve);
    stage.context.followed.onDoubt();
    await asked.promise;
    double.tell("session.error", { sessionID: "ses_1", error: { name: "MessageAbortedError" } });
    double.status("ses_1", { type: "idle" });
    leave();
    await expect.poll(async () => (await stage.told()).at(-1)?.data).toEqual({ aborted: true, turn: "aborted" });
    expect(await types("ses_1")).not.toContain("session.error");
  });

  it("an answer that a command gives is told as the command's", async () => {
    await waiting();
    // opencode has taken the answer, and the comparison does not find the request any more
    double.before.set("answered", async () => {
      const before = double.before.get("statuses");
      // one comparison is over when the next one asks
      for (const _ of ["it", "the next one"]) {
        const compared = new Promise<void>((resolve) => double.before.set("statuses", () => resolve()));
        double.tell("server.instance.disposed", {});
        await compared;
      }
      if (before !== undefined) double.before.set("statuses", before);
    });
    await answerInteraction(
      stage.context,
      { interactionId: "per_1", sessionId: "ses_1", kind: "permission", reply: "once" },
      "cmd_1",
    );
    expect((await stage.told()).filter(({ type }) => type.startsWith("interaction."))).toMatchObject([
      { type: "interaction.asked" },
      { type: "interaction.answered", data: { commandId: "cmd_1", reply: "once" } },
    ]);
  });
});

it("tells what could not be written once it can be, from opencode and not from memory", async () => {
  double.session("ses_1", PROJECT);
  stage.follow();
  await told("session.idle");
  const { driver } = stage.store.sqlite;
  driver.exec("create trigger no_room before insert on outbox begin select raise(abort, 'no room'); end");
  double.user("ses_1", "msg_1");
  double.status("ses_1", { type: "busy" });
  await expect.poll(() => stage.lines.join("")).toContain("comparing again");
  driver.exec("drop trigger no_room");
  await told("session.busy");
  expect(await types()).toEqual(["session.started", "session.idle", "session.message", "session.busy"]);
});

it("tells what a session costs as opencode lists it, where an opencode that died left no row that says so", async () => {
  double.session("ses_1", PROJECT, { cost: 1 });
  stage.follow();
  await told("session.started");
  double.sessionsIn.set("ses_1", { ...double.sessionsIn.get("ses_1"), cost: 2.5 } as never);
  double.tell("server.connected", {});
  const { data } = await told("session.updated");
  expect(data).toMatchObject({ costMicroUsd: 2_500_000 });
});

describe("a session that had ended", () => {
  beforeEach(async () => {
    double.session("ses_1", PROJECT, { time: { created: 1, updated: 1, archived: 5 } });
    stage.follow(30_000, 20);
    await told("session.ended");
  });

  it("lives again where opencode says that it is at work", async () => {
    double.working.set("ses_1", { type: "busy" });
    await expect.poll(() => types("ses_1").then((all) => all.at(-1))).toBe("session.busy");
  });

  it.each([0, null])("is not archived any more where the time of that is %s", async (archived) => {
    const info = { id: "ses_1", directory: PROJECT, title: "t", time: { created: 1, updated: 2, archived } };
    double.row("ses_1", "session.updated.1", { info });
    double.status("ses_1", { type: "busy" });
    await expect.poll(() => types("ses_1").then((all) => all.at(-1))).toBe("session.busy");
    double.status("ses_1", { type: "idle" });
    await expect.poll(() => types("ses_1").then((all) => all.at(-1))).toBe("session.idle");
  });
});

describe("a session that had ended and rests", () => {
  it("is told to live again, and that its end is not so any more, where it is taken out of the archive", async () => {
    double.session("ses_1", PROJECT, { time: { created: 1, updated: 1, archived: 5 } });
    stage.follow(30_000, 20);
    await told("session.ended");
    const info = { id: "ses_1", directory: PROJECT, title: "t", time: { created: 1, updated: 2, archived: 0 } };
    double.row("ses_1", "session.updated.1", { info });
    expect((await told("session.idle")).data).toMatchObject({ corrects: true });
  });
});

describe("what opencode forgets or cannot say", () => {
  it.each([
    ["rests where the configuration cannot be read: nothing comes up there", "misconfigured", "error"],
    ["stays what it was where nobody knows why it fails", "broken", "busy"],
  ] as const)("a session whose instance was disposed of %s", async (_name, how, status) => {
    double.session("ses_1", PROJECT);
    stage.follow();
    double.user("ses_1", "msg_1");
    double.assistant("ses_1", "msg_2");
    double.status("ses_1", { type: "busy" });
    await told("session.busy");
    double.working.clear();
    if (how === "broken") double.broken.add(PROJECT);
    else double.misconfigured.set(PROJECT, `${PROJECT}/opencode.json`);
    let comparisons = 0;
    double.before.set("statuses", () => void (comparisons += 1));
    for (let count = 1; count <= 3; count += 1) {
      double.tell("server.instance.disposed", { directory: PROJECT });
      await expect.poll(() => comparisons).toBeGreaterThanOrEqual(count);
    }
    await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe(status);
    expect(stage.context.directories.problemOf(PROJECT)?.reason).toContain("broken");
  });

  it("has requests of an instance that was disposed of told as expired", async () => {
    await waiting();
    double.openPermissions.length = 0;
    double.working.clear();
    double.tell("server.instance.disposed", { directory: PROJECT });
    await told("session.error");
    expect((await types()).slice(-2)).toEqual(["interaction.expired", "session.error"]);
    expect((await told("session.error")).data["message"]).toBe(INTERRUPTIONS.unanswered);
  });

  it("is a gap where its data were restored from a copy, and what is new is told although it has old numbers", async () => {
    double.session("ses_1", PROJECT);
    double.user("ses_1", "msg_1");
    const copy = [...double.rows];
    double.user("ses_1", "msg_2", "lost");
    stage.follow();
    await expect.poll(async () => (await types()).filter((type) => type === "session.message").length).toBe(2);
    double.rows.splice(0, Number.POSITIVE_INFINITY, ...copy);
    double.run = "run-2";
    double.endStream();
    expect(await told("gap")).toMatchObject({
      session: "ses_1",
      data: { reason: expect.stringContaining("restored") },
    });
    double.user("ses_1", "msg_3", "new");
    await expect.poll(async () => (await told("session.message")).data["messageId"]).toBe("msg_3");
    expect((await types()).filter((type) => type === "gap" || type === "session.message")).toEqual([
      "session.message",
      "session.message",
      "gap",
      "session.message",
    ]);
  });

  it("is looked for anew where the stream is silent, without a heartbeat, for too long", async () => {
    double.session("ses_1", PROJECT);
    stage.follow(150);
    await told("session.idle");
    // nothing tells of it live
    double.row(
      "ses_1",
      "message.updated.1",
      { info: { id: "msg_1", role: "user", time: { created: 2 } } },
      { live: false },
    );
    double.row(
      "ses_1",
      "message.part.updated.1",
      { part: { id: "prt_1", messageID: "msg_1", type: "text", text: "hello" } },
      { live: false },
    );
    expect((await told("session.message")).data["messageId"]).toBe("msg_1");
  });

  it("of a directory that never answers delays no other: what happens there is told, and sessions start", async () => {
    const below = `${PROJECT}/below`;
    double.session("ses_1", below);
    double.session("ses_2", PROJECT);
    double.hung.add(below);
    stage.follow();
    await expect.poll(() => types("ses_2")).toContain("session.idle");
    double.status("ses_2", { type: "busy" });
    await expect.poll(() => types("ses_2")).toContain("session.busy");
    double.tellsOfCreated = false;
    const id = await double.createSession({ directory: PROJECT, commandId: "cmd_1" });
    await awaitSession(stage.context, id);
    expect(await types("ses_1")).toEqual(["session.started"]);
  });

  it("of a directory that answers late is compared when it does", async () => {
    double.session("ses_1", PROJECT);
    const late = Promise.withResolvers<void>();
    let asked = 0;
    double.before.set("statuses", () => {
      asked += 1;
      return asked === 1 ? late.promise : undefined;
    });
    stage.follow();
    await expect.poll(() => types()).toEqual(["session.started"]);
    await stage.context.followed.wait(AbortSignal.timeout(5_000));
    double.working.set("ses_1", { type: "busy" });
    late.resolve();
    await expect.poll(async () => (await types()).at(-1)).toBe("session.busy");
    expect(asked).toBe(2);
  });

  it("is a gap for one directory, and the others are told all the same", async () => {
    const below = `${PROJECT}/below`;
    double.session("ses_1", below);
    double.session("ses_2", PROJECT);
    double.working.set("ses_2", { type: "busy" });
    double.broken.add(below);
    stage.follow();
    await expect.poll(() => types("ses_2")).toContain("session.busy");
    const gap = await told("gap");
    expect(gap.data["reason"]).toContain(below);
  });
});
