import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { abortSession, killSession } from "../../src/capabilities/commands/handlers/end-session.ts";
import { askedPermission } from "../support/asked-permission.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(() => stage[Symbol.asyncDispose]());

async function told(type: string, session?: string): Promise<Told[]> {
  return (await stage.told()).filter((one) => one.type === type && (session === undefined || one.session === session));
}

const question = (id: string, sessionID: string) => ({
  id,
  sessionID,
  questions: [{ question: "Which?", header: "h", options: [{ label: "a", description: "" }], multiple: false }],
});

/** A session at work, its child and its grandchild, which wait for a person, and one beside them that does, too. */
async function family(): Promise<void> {
  double.session("ses_root", PROJECT);
  double.session("ses_child", PROJECT, { parentID: "ses_root" });
  double.session("ses_grandchild", PROJECT, { parentID: "ses_child" });
  double.session("ses_other", PROJECT);
  for (const id of double.sessionsIn.keys()) double.user(id, `msg_${id}`);
  stage.follow();
  await expect.poll(async () => (await told("session.message")).length).toBe(4);
  for (const id of double.sessionsIn.keys()) double.status(id, { type: "busy" });
  double.openPermissions.push(askedPermission("per_child", "ses_child"), askedPermission("per_other", "ses_other"));
  double.openQuestions.push(question("que_grandchild", "ses_grandchild"));
  double.tell("permission.asked", askedPermission("per_child", "ses_child"));
  double.tell("permission.asked", askedPermission("per_other", "ses_other"));
  double.tell("question.asked", question("que_grandchild", "ses_grandchild"));
  await expect.poll(async () => (await told("interaction.asked")).length).toBe(3);
  double.asked.length = 0;
}

const TREE = ["ses_root", "ses_child", "ses_grandchild"];

/** In the order of their ids. */
async function expired(): Promise<[string, string][]> {
  const all = (await told("interaction.expired")).map(({ data }): [string, string] => [
    String(data["interactionId"]),
    String(data["reason"]),
  ]);
  return all.toSorted(([one], [other]) => one.localeCompare(other));
}

describe("a session with children that wait for a person", () => {
  beforeEach(family);

  it("is aborted from its leaves to its root, and what they asked is answered and told; another one's is not", async () => {
    await abortSession(stage.context, { sessionId: "ses_root" }, "cmd_1");
    expect(double.asked).toEqual([
      ...TREE.toReversed().map((id) => `abort ${id}`),
      "reject per_child",
      "reject que_grandchild",
    ]);
    expect(await expired()).toEqual([
      ["per_child", "its turn was aborted"],
      ["que_grandchild", "its turn was aborted"],
    ]);
    expect([double.openPermissions.map(({ id }) => id), double.openQuestions]).toEqual([["per_other"], []]);
    expect(await told("session.ended")).toEqual([]);
    expect(double.working.has("ses_other")).toBe(true);
  });

  it("is killed as a whole: each is told as killed before it is archived, and the root goes last", async () => {
    const endedBefore: number[] = [];
    double.before.set("archive", async () => void endedBefore.push((await told("session.ended")).length));
    expect(await killSession(stage.context, { sessionId: "ses_root" }, "cmd_1")).toEqual({
      sessionId: "ses_root",
      ended: TREE,
    });
    expect(double.asked.filter((what) => what.startsWith("archive"))).toEqual(
      TREE.toReversed().map((id) => `archive ${id}`),
    );
    // a prompt that slipped in is stopped as well
    for (const id of TREE)
      expect(double.asked.lastIndexOf(`abort ${id}`)).toBeGreaterThan(double.asked.indexOf(`archive ${id}`));
    expect(endedBefore).toEqual([3, 3, 3]);
    expect((await told("session.ended")).map(({ session, data }) => [session, data["reason"]])).toEqual(
      TREE.map((id) => [id, "killed"]),
    );
    expect((await expired()).map(([id]) => id)).toEqual(["per_child", "que_grandchild"]);
  });

  it("loses a child alone where that is aborted", async () => {
    await abortSession(stage.context, { sessionId: "ses_child" }, "cmd_1");
    expect(double.asked.filter((what) => what.startsWith("abort"))).toEqual([
      "abort ses_grandchild",
      "abort ses_child",
    ]);
    expect(double.working.has("ses_root")).toBe(true);
  });
});

describe("an opencode whose answers come in no order", () => {
  // I3
  it("is understood all the same: its log may come newest first", async () => {
    double.isHistoryBackwards = true;
    double.session("ses_1", PROJECT, {}, { live: false });
    double.user("ses_1", "msg_1");
    double.assistant("ses_1", "msg_2", 5);
    double.user("ses_1", "msg_3");
    stage.follow();
    await expect
      .poll(async () => (await told("session.message")).map(({ data }) => data["messageId"]))
      .toEqual(["msg_1", "msg_2", "msg_3"]);
    expect((await stage.told())[0]).toMatchObject({ type: "session.started", session: "ses_1" });
  });

  it("loses no session that it leaves out of a list, as long as it knows it by its id", async () => {
    double.session("ses_1", PROJECT);
    stage.follow();
    await expect.poll(async () => (await told("session.idle")).length).toBe(1);
    double.unlisted.add("ses_1");
    const compared = new Promise<void>((resolve) => double.before.set("statuses", () => resolve()));
    double.tell("server.connected", {});
    await compared;
    double.session("ses_2", PROJECT);
    await expect.poll(async () => (await told("session.started", "ses_2")).length).toBe(1);
    expect(await told("session.ended")).toEqual([]);
  });
});
