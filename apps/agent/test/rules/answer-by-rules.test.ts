import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandFrame, RULES_FEATURE, type StandingRule } from "@hal/protocol";
import { outboxPosition } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { BareSupervisor } from "../support/bare-supervisor.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { uplinkTo } from "../support/uplink-to.ts";
import { welcomeOf } from "../support/welcome.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
});
afterEach(() => stage[Symbol.asyncDispose]());

const ALLOW: StandingRule = {
  id: "rule_1",
  source: "operation",
  by: "ann",
  since: 1,
  permission: "bash",
  pattern: "npm test*",
  reply: "allow",
};
const DENY: StandingRule = {
  id: "interaction_rules.0",
  source: "file",
  permission: "bash",
  pattern: "rm -rf *",
  reply: "deny",
  reason: "not here",
};

const request = (id: string, sessionID: string, command: string) => ({
  id,
  sessionID,
  permission: "bash",
  patterns: [command],
  always: [],
  metadata: { command },
});

/** A session is at work, and asks. */
async function ask(id: string, command: string, session = "ses_1", parentID?: string): Promise<void> {
  if (!double.sessionsIn.has(session)) {
    double.session(session, PROJECT, parentID === undefined ? {} : { parentID });
    double.status(session, { type: "busy" });
  }
  await expect.poll(async () => (await told()).some((one) => one.session === session)).toBe(true);
  const asked = request(id, session, command);
  double.openPermissions.push(asked);
  double.tell("permission.asked", asked);
}

const told = (): Promise<Told[]> => stage.told();
const of = async (id: string): Promise<Told[]> =>
  (await told()).filter(({ type, data }) => type.startsWith("interaction.") && data["interactionId"] === id);
const closed = async (id: string): Promise<Told> => {
  await expect.poll(async () => (await of(id)).length).toBe(2);
  return (await of(id))[1] as Told;
};
const waits = async (id: string): Promise<void> => {
  await expect.poll(async () => (await of(id)).map(({ type }) => type)).toEqual(["interaction.asked"]);
};
/** All that could be answered by a rule until now was. */
const settled = async (): Promise<void> => stage.context.answering.drain();

describe("an agent with standing rules", () => {
  it("allows once what a rule allows, denies with the reason what one denies, and says which rule it was", async () => {
    stage.follow();
    await stage.context.rules.take([ALLOW, DENY]);
    await ask("per_1", "npm test -- a.test.ts");
    expect(await closed("per_1")).toMatchObject({
      type: "interaction.answered",
      data: { reply: "once", rule: { id: "rule_1", by: "ann", pattern: "npm test*" } },
    });
    await ask("per_2", "rm -rf build");
    expect(await closed("per_2")).toMatchObject({
      type: "interaction.answered",
      data: { reply: "reject", rule: { id: "interaction_rules.0", source: "file", reason: "not here" } },
    });
    expect(double.asked).toEqual(["once per_1", "reject per_2"]);
    expect(double.denials).toEqual(["Denied by a standing rule (bash rm -rf *, from the configuration): not here"]);
    expect((await of("per_1"))[0]?.data).toMatchObject({ command: "npm test -- a.test.ts" });
    expect((await of("per_1"))[1]?.data).not.toHaveProperty("commandId");
  });

  it("leaves to a person what no rule answers, and what one says to ask", async () => {
    stage.follow();
    await stage.context.rules.take([ALLOW, { ...ALLOW, id: "rule_2", pattern: "npm test --update*", reply: "ask" }]);
    await ask("per_1", "npm run build");
    await ask("per_2", "npm test --update-snapshots");
    await ask("per_3", "npm test > /etc/passwd");
    await ask("per_4", "npm test");
    await closed("per_4");
    await settled();
    for (const id of ["per_1", "per_2", "per_3"]) await waits(id);
    expect(double.asked).toEqual(["once per_4"]);
  });

  it("judges what waits already when a rule comes, and goes by its rules in its next life without a supervisor", async () => {
    stage.follow(30_000, 50);
    await ask("per_1", "npm test");
    await waits("per_1");
    await stage.context.rules.take([ALLOW]);
    expect(await closed("per_1")).toMatchObject({ data: { reply: "once" } });
    stage = await stage.again();
    stage.follow();
    await ask("per_2", "npm test");
    expect(await closed("per_2")).toMatchObject({ data: { reply: "once", rule: { id: "rule_1" } } });
    await stage.context.rules.take([]);
    stage = await stage.again();
    stage.follow();
    await ask("per_3", "npm test");
    await waits("per_3");
  });

  it("judges what a session asks that another one began", async () => {
    stage.follow();
    await stage.context.rules.take([{ ...ALLOW, project: "p1" }]);
    await ask("per_1", "pwd");
    await ask("per_2", "npm test", "ses_2", "ses_1");
    expect(await closed("per_2")).toMatchObject({ session: "ses_2", data: { reply: "once" } });
    await waits("per_1");
  });

  it("goes by none of another project", async () => {
    stage.follow();
    await stage.context.rules.take([{ ...ALLOW, project: "p2" }]);
    await ask("per_1", "npm test");
    await waits("per_1");
    await settled();
    expect(double.asked).toEqual([]);
  });

  it("tries again what opencode failed at, and tells nothing of it that is not so", async () => {
    stage.follow(30_000, 50);
    let fails = 2;
    double.before.set("answering", () => {
      fails -= 1;
      if (fails >= 0) throw new Error("down");
    });
    await stage.context.rules.take([ALLOW]);
    await ask("per_1", "npm test");
    // a look is what sees it again
    await expect
      .poll(async () => {
        stage.context.followed.onDoubt();
        return (await of("per_1")).map(({ type }) => type);
      })
      .toEqual(["interaction.asked", "interaction.answered"]);
    expect(double.asked).toEqual(["once per_1", "once per_1", "once per_1"]);
  });

  it("gives one answer where a person gives one at the same moment", async () => {
    stage.follow();
    const runner = new CommandRunner(stage.context);
    await runner.load();
    const arrived = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    double.before.set("answering", async () => {
      arrived.resolve();
      await goOn.promise;
    });
    await stage.context.rules.take([ALLOW]);
    await ask("per_1", "npm test");
    await arrived.promise;
    const args = { interactionId: "per_1", sessionId: "ses_1", kind: "permission", reply: "reject" };
    const frame: CommandFrame = {
      type: "command",
      id: "cmd_1",
      command: "interaction.answer",
      args,
      remainingMs: 60_000,
    };
    await runner.take(frame);
    goOn.resolve();
    await expect
      .poll(async () => (await told()).find(({ type }) => type === "command.failed")?.data)
      .toMatchObject({ commandId: "cmd_1", error: { code: "not_found" } });
    expect(await closed("per_1")).toMatchObject({ data: { reply: "once", rule: { id: "rule_1" } } });
    expect(await of("per_1")).toHaveLength(2);
  });

  it("leaves alone what a person is answering just now", async () => {
    stage.follow(30_000, 50);
    const runner = new CommandRunner(stage.context);
    await runner.load();
    await ask("per_1", "npm test");
    await waits("per_1");
    const arrived = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    double.before.set("answering", async () => {
      arrived.resolve();
      await goOn.promise;
    });
    const args = { interactionId: "per_1", sessionId: "ses_1", kind: "permission", reply: "reject" };
    await runner.take({ type: "command", id: "cmd_1", command: "interaction.answer", args, remainingMs: 60_000 });
    await arrived.promise;
    await stage.context.rules.take([ALLOW]);
    const compared = Promise.withResolvers<void>();
    stage.context.followed.onCompared = () => compared.resolve();
    stage.context.followed.onDoubt();
    await compared.promise;
    goOn.resolve();
    expect(await closed("per_1")).toMatchObject({ data: { reply: "reject", commandId: "cmd_1" } });
    expect(double.asked).toEqual(["reject per_1"]);
  });

  it("does not count its rules under a supervisor that could not remove one, and counts them again under one that can", async () => {
    stage.follow(30_000, 50);
    await stage.context.rules.take([ALLOW]);
    stage.context.rules.welcomed(false);
    await ask("per_1", "npm test");
    await waits("per_1");
    await settled();
    expect(double.asked).toEqual([]);
    stage.context.rules.welcomed(true);
    await closed("per_1");
  });

  it("takes what an update says in the place of all it had", async () => {
    stage.follow();
    await using supervisor = await BareSupervisor.open();
    const folder = await mkdtemp(join(tmpdir(), "hal rules "));
    await using _ = uplinkTo(stage.context, { url: supervisor.url, folder });
    const { epoch } = await outboxPosition(stage.store);
    const link = await supervisor.link();
    expect(await link.next("hello")).toMatchObject({ features: expect.arrayContaining([RULES_FEATURE]) });
    link.send(welcomeOf(epoch, { features: [RULES_FEATURE] }));
    link.send({ type: "update", rules: [ALLOW] });
    const judged = (): unknown =>
      stage.context.rules.judge({ project: "p1", permission: "bash", patterns: ["npm test"], command: "npm test" })
        ?.rule;
    await expect.poll(judged).toEqual(ALLOW);
    link.send({ type: "update", rules: [] });
    await expect.poll(judged).toBeUndefined();
  });
});
