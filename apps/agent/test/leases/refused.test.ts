import { type CommandFrame, LEASES_FEATURE } from "@hal/protocol";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isCounting, outboxPosition } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { BareSupervisor } from "../support/bare-supervisor.ts";
import { endOf, runnerOn } from "../support/commands.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { answers, briefOf, leaseOf, toldSoon, works } from "../support/spenders.ts";
import { uplinkTo } from "../support/uplink-to.ts";
import { welcomeOf } from "../support/welcome.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  await begin(await openAgentStage(double));
});
afterEach(() => stage[Symbol.asyncDispose]());

async function begin(next: AgentStage): Promise<void> {
  stage = next;
  stage.follow();
  runner = await runnerOn(stage);
}

let made = 0;
async function take(command: string, args: object): Promise<string> {
  made += 1;
  const frame: CommandFrame = { type: "command", id: `cmd_${made}`, command, args, remainingMs: 60_000 };
  await runner.take(frame);
  return frame.id;
}

const outcomeOf = (id: string): Promise<Told> => endOf(stage, id);

const start = { project: "p1", prompt: "write it" };
const prompt = { sessionId: "ses_1", text: "go on" };
const over = (message: RegExp) => ({
  type: "command.failed",
  data: { error: { code: "over_budget", message: expect.stringMatching(message) } },
});

/** A session that has spent this much, and rests. */
async function spent(dollars: number): Promise<void> {
  await expect.poll(() => isCounting(stage.store)).toBe(true);
  works(double, "ses_1");
  answers(double, "ses_1", "msg_9", { dollars, finish: "stop" });
  double.status("ses_1", { type: "idle" });
  await toldSoon(stage, "session.idle");
}

describe("a node whose ceiling is reached", () => {
  it("begins nothing, in its next lives, too, and says what it counted and what raises it", async () => {
    await spent(0.5);
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_000)]));
    const said =
      /^all is spent .* the fleet: \$1\.00 a day \(it has counted \$0\.50 .* up to \$0\.50\).*budgets raise b1 <dollars> --reason <why>$/;
    expect(await outcomeOf(await take("session.start", start))).toMatchObject(over(said));
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject(over(said));
    await begin(await stage.again());
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject(over(said));
    expect(double.prompts).toEqual([]);
    expect(double.sessionsIn.size).toBe(1);
    await stage.context.leases.say(briefOf(stage, [leaseOf(500_001)], { version: 2 }));
    await begin(await stage.again());
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject({ type: "command.succeeded" });
  });

  it("prompts no session that has spent what each may, and begins other ones", async () => {
    await spent(0.5);
    await stage.context.leases.say(briefOf(stage, [leaseOf(400_000, { scope: { kind: "each_session" } })]));
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject(over(/all is spent/));
    expect(await outcomeOf(await take("session.start", start))).toMatchObject({ type: "command.succeeded" });
  });

  it("still stops, answers and looks", async () => {
    await spent(0.5);
    await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    for (const [command, args] of [
      ["session.abort", { sessionId: "ses_1" }],
      ["session.kill", { sessionId: "ses_1" }],
      ["node.stop", {}],
      ["node.status", {}],
    ] as const)
      expect(await outcomeOf(await take(command, args))).toMatchObject({ type: "command.succeeded" });
  });

  it("gives no prompt to opencode that was on its way when the ceiling fell", async () => {
    double.boot = async () => stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    expect(await outcomeOf(await take("session.start", start))).toMatchObject({
      type: "command.failed",
      data: { error: { code: "over_budget", details: { sessionId: expect.any(String) } } },
    });
    expect(double.prompts).toEqual([]);
  });

  it("does not go on with a start that its earlier life had begun", async () => {
    const create = double.createSession.bind(double);
    double.createSession = async (request) => {
      await create(request);
      return new Promise(() => undefined);
    };
    const id = await take("session.start", start);
    await expect.poll(() => double.sessionsIn.size).toBe(1);
    await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    await begin(await stage.again());
    await runner.recover();
    expect(await outcomeOf(id)).toMatchObject(over(/session ses_\w+ was created, but all is spent/));
    expect(double.prompts).toEqual([]);
  });
});

describe("a node that does not know what it may spend", () => {
  const refusal = async (): Promise<Told> => outcomeOf(await take("session.start", start));

  it("begins nothing once that is too old, and what is said anew lets it begin", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(1_000_000)], { validMs: 0 }));
    expect(await refusal()).toMatchObject(over(/has not heard for 0 s what it may spend for the fleet/));
    await begin(await stage.again());
    expect(await refusal()).toMatchObject(over(/until it hears its supervisor again/));
    await stage.context.leases.say(briefOf(stage, [leaseOf(1_000_000)], { version: 2 }));
    expect(await refusal()).toMatchObject({ type: "command.succeeded" });
  });

  it("begins nothing where the ceilings are of other counters, or the supervisor says that it knows none", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(1_000_000)], { counters: "another life" }));
    expect(await refusal()).toMatchObject(over(/begun to count anew/));
    await stage.context.leases.say(briefOf(stage, [], { refusal: "the budgets cannot be read" }));
    expect(await refusal()).toMatchObject(over(/^the budgets cannot be read, so nothing begins on this node$/));
  });

  it("begins nothing where what it kept cannot be read", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(1_000_000)]));
    stage.store.sqlite.driver.exec("update meta set value = 'x' where key = 'leases'");
    await begin(await stage.again());
    expect(await refusal()).toMatchObject(over(/is on its disk and cannot be read/));
  });

  it("goes by no lease under a supervisor that could raise none, and by them again under one that can", async () => {
    await stage.context.leases.say(briefOf(stage, [leaseOf(0)]));
    stage.context.leases.welcomed(false);
    expect(await refusal()).toMatchObject({ type: "command.succeeded" });
    stage.context.leases.welcomed(true);
    expect(await refusal()).toMatchObject(over(/all is spent/));
  });
});

describe("what an agent says that it has spent", () => {
  it("is at a place of its outbox, names what is at work, and which leases are on its disk", async () => {
    await using supervisor = await BareSupervisor.open();
    const folder = await mkdtemp(join(tmpdir(), "hal leases "));
    await expect.poll(() => isCounting(stage.store)).toBe(true);
    await using _ = uplinkTo(stage.context, { url: supervisor.url, folder });
    const { epoch } = await outboxPosition(stage.store);
    const link = await supervisor.link();
    expect(await link.next("hello")).toMatchObject({ features: expect.arrayContaining([LEASES_FEATURE]) });
    link.send(welcomeOf(epoch, { features: [LEASES_FEATURE] }));
    const first = await link.next("spent");
    const { life } = stage.context.spending.now([]);
    expect(first).toMatchObject({
      epoch,
      counters: life,
      nodeMicroUsd: 0,
      projects: [],
      atWork: [],
      isBeginning: false,
    });
    expect(first["version"]).toBeUndefined();

    link.send({ type: "update", leases: briefOf(stage, [leaseOf(900_000)], { version: 7 }) });
    expect(await link.next("spent")).toMatchObject({ version: 7, nodeMicroUsd: 0 });

    works(double, "ses_1");
    expect(await link.next("spent")).toMatchObject({ atWork: ["ses_1"], sessions: [{ id: "ses_1", microUsd: 0 }] });
    // half of what was left is gone: with a message that is final, at the place of that message
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "tool-calls" });
    const told = await toldSoon(stage, "session.message", 2);
    const grown = await link.next("spent");
    expect(grown).toMatchObject({
      nodeMicroUsd: 500_000,
      projects: [{ id: "p1", microUsd: 500_000 }],
      sessions: [{ id: "ses_1", microUsd: 500_000 }],
    });
    expect(grown["seq"]).toBeGreaterThanOrEqual(told.at(-1)?.seq ?? 0);
    double.status("ses_1", { type: "idle" });
    expect(await link.next("spent")).toMatchObject({ atWork: [], sessions: [], nodeMicroUsd: 500_000 });
  });

  it("does not have what a message costs that is not told yet, and counts its session as at work until it is", async () => {
    await using supervisor = await BareSupervisor.open();
    const folder = await mkdtemp(join(tmpdir(), "hal leases "));
    await expect.poll(() => isCounting(stage.store)).toBe(true);
    await using _ = uplinkTo(stage.context, { url: supervisor.url, folder });
    const { epoch } = await outboxPosition(stage.store);
    const link = await supervisor.link();
    link.send(welcomeOf(epoch, { features: [LEASES_FEATURE] }));
    await link.next("spent");
    works(double, "ses_1");
    expect(await link.next("spent")).toMatchObject({ atWork: ["ses_1"] });
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "stop", isFinal: false });
    double.status("ses_1", { type: "idle" });
    await toldSoon(stage, "session.idle");
    expect(stage.context.spending.now(["ses_1"]).node).toBe(500_000_000);
    answers(double, "ses_1", "msg_9", { dollars: 0.5, finish: "stop" });
    // nothing was said meanwhile: neither that it rests, nor that it cost something
    expect(await link.next("spent")).toMatchObject({ atWork: [], nodeMicroUsd: 500_000 });
  });

  it("is not said to a supervisor that hands out no leases", async () => {
    await using supervisor = await BareSupervisor.open();
    const folder = await mkdtemp(join(tmpdir(), "hal leases "));
    await using _ = uplinkTo(stage.context, { url: supervisor.url, folder });
    const { epoch } = await outboxPosition(stage.store);
    const link = await supervisor.link();
    link.send(welcomeOf(epoch));
    await spent(0.5);
    await link.next("events");
    link.close(1012, "again");
    await expect(link.next("spent")).rejects.toThrow("without a frame spent");
  });

  it("says that something is about to begin, from when its command is taken until it has an outcome", async () => {
    const hold = Promise.withResolvers<void>();
    double.before.set("create", () => hold.promise);
    const id = await take("session.start", start);
    expect(runner.isBeginning).toBe(true);
    hold.resolve();
    await outcomeOf(id);
    await expect.poll(() => runner.isBeginning).toBe(false);
    expect(stage.context.book.get("ses_1")?.status).toBe("busy");
    await outcomeOf(await take("session.abort", { sessionId: "ses_1" }));
    expect(runner.isBeginning).toBe(false);
  });
});

it("counts by the prices of what was said where opencode says no cost", async () => {
  await stage.context.leases.say(
    briefOf(stage, [], { prices: [{ model: "acme/one", input: 3_000_000, output: 0, cacheRead: 0, cacheWrite: 0 }] }),
  );
  await expect.poll(() => isCounting(stage.store)).toBe(true);
  works(double, "ses_1");
  const more = { providerID: "acme", modelID: "one", tokens: { input: 1_000 } };
  answers(double, "ses_1", "msg_9", { finish: "stop", more });
  await toldSoon(stage, "session.message", 2);
  expect(stage.context.spending.now(["ses_1"]).sessions.get("ses_1")).toBe(3_000_000);
});

it("counts nothing again when everything is told anew, and nothing of what a copy took over", async () => {
  await spent(0.5);
  double.session("ses_2", PROJECT, { title: "t (fork #1)", time: { created: Date.now() + 1_000, updated: 1 } });
  answers(double, "ses_2", "msg_10", { dollars: 0.5, finish: "stop" });
  const copied = async () => (await stage.told()).filter(({ data }) => data["copied"] === true);
  await expect.poll(async () => (await copied()).map(({ data }) => data["messageId"])).toEqual(["msg_10"]);
  await stage.context.book.tellAnew();
  await expect.poll(() => stage.context.book.isForgotten).toBe(false);
  await expect.poll(async () => (await stage.told()).filter(({ type }) => type === "session.started").length).toBe(4);
  expect(stage.context.spending.now([]).node).toBe(500_000_000);
});
