import type { CommandFrame, HoldBrief } from "@hal/protocol";
import { HOLD_FEATURE } from "@hal/protocol";
import { outboxPosition } from "@hal/store/agent";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { Holds } from "../../src/capabilities/holds/holds.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { BareSupervisor } from "../support/bare-supervisor.ts";
import { endOf, runnerOn } from "../support/commands.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
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

const FLEET: HoldBrief = { id: "hold_1", scope: "fleet", since: 1, by: "ann" };

let made = 0;
async function take(command: string, args: object): Promise<string> {
  made += 1;
  const frame: CommandFrame = { type: "command", id: `cmd_${made}`, command, args, remainingMs: 60_000 };
  await runner.take(frame);
  return frame.id;
}

const outcomeOf = (id: string): Promise<Told> => endOf(stage, id);

const start = { project: "p1", prompt: "write it" };
const held = (message: RegExp) => ({
  type: "command.failed",
  data: { error: { code: "held", message: expect.stringMatching(message) } },
});

describe("an agent that is held", () => {
  it("begins nothing, in its next lives, too, and says what releases it", async () => {
    await stage.context.holds.take([FLEET]);
    expect(await outcomeOf(await take("session.start", start))).toMatchObject(
      held(/^ann holds the fleet, and nothing begins until it is released: halctl release --all$/),
    );
    await begin(await stage.again());
    expect(await outcomeOf(await take("session.start", start))).toMatchObject(held(/halctl release --all/));
    expect(double.sessionsIn.size).toBe(0);
    await stage.context.holds.take([]);
    await begin(await stage.again());
    expect(await outcomeOf(await take("session.start", start))).toMatchObject({ type: "command.succeeded" });
    expect(double.prompts).toHaveLength(1);
  });

  it("prompts no session of what is held, and goes on elsewhere", async () => {
    double.session("ses_1", PROJECT);
    await expect.poll(async () => (await stage.told()).map(({ type }) => type)).toContain("session.idle");
    const prompt = { sessionId: "ses_1", text: "go on" };
    await stage.context.holds.take([{ ...FLEET, scope: "node", project: "p1" }]);
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject(
      held(/project p1 on this node.*: halctl release --node n1 --project p1$/),
    );
    await stage.context.holds.take([{ ...FLEET, project: "p2" }]);
    expect(await outcomeOf(await take("session.prompt", prompt))).toMatchObject({ type: "command.succeeded" });
  });

  it("still stops, answers and looks", async () => {
    double.session("ses_1", PROJECT);
    await expect.poll(async () => (await stage.told()).map(({ type }) => type)).toContain("session.idle");
    await stage.context.holds.take([FLEET]);
    for (const [command, args] of [
      ["session.abort", { sessionId: "ses_1" }],
      ["session.kill", { sessionId: "ses_1" }],
      ["node.stop", {}],
      ["node.status", {}],
    ] as const)
      expect(await outcomeOf(await take(command, args))).toMatchObject({ type: "command.succeeded" });
  });

  it("gives no prompt to opencode that was on its way when it was held, before any stop came", async () => {
    double.boot = async () => stage.context.holds.take([FLEET]);
    expect(await outcomeOf(await take("session.start", start))).toMatchObject({
      type: "command.failed",
      data: { error: { code: "held", details: { sessionId: expect.any(String) } } },
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
    await stage.context.holds.take([FLEET]);
    await begin(await stage.again());
    await runner.recover();
    expect(await outcomeOf(id)).toMatchObject(held(/session ses_\w+ was created, but ann holds the fleet/));
    expect(double.prompts).toEqual([]);
  });

  // I23
  it("has what it holds on its disk before a stop stops anything", async () => {
    double.session("ses_1", PROJECT);
    double.working.set("ses_1", { type: "busy" });
    const { holds, log } = stage.context;
    const pragma = (on: "on" | "off") => stage.store.sqlite.driver.pragma(`query_only = ${on}`);
    pragma("on");
    await holds.take([FLEET]);
    expect(holds.saved).toEqual([]);
    const id = await take("node.stop", {});
    await expect.poll(() => stage.lines.join("")).toContain("a command waits for the agent's database");
    expect(double.working.size).toBe(1);
    const aborts = double.abort.bind(double);
    let onDisk: readonly HoldBrief[] = [];
    double.abort = async (session) => {
      const next = new Holds(stage.store, log, "n1");
      await next.load();
      onDisk = next.all;
      return aborts(session);
    };
    pragma("off");
    expect(await outcomeOf(id)).toMatchObject({ type: "command.succeeded" });
    expect(onDisk).toEqual([FLEET]);
  });
});

describe("an agent and what it is told to hold", () => {
  it("keeps what an update says, shows it in the next hello, and forgets what is not named any more", async () => {
    await using supervisor = await BareSupervisor.open();
    const folder = await mkdtemp(join(tmpdir(), "hal holds "));
    await using _ = uplinkTo(stage.context, { url: supervisor.url, folder });
    const { epoch } = await outboxPosition(stage.store);
    const link = await supervisor.link();
    expect(await link.next("hello")).toMatchObject({ holds: [], features: expect.arrayContaining([HOLD_FEATURE]) });
    link.send(welcomeOf(epoch, { features: [HOLD_FEATURE] }));
    link.send({ type: "update", holds: [FLEET] });
    const beaten = async (): Promise<unknown> => (await link.next("heartbeat"))["holds"];
    await expect.poll(beaten).toEqual(["hold_1"]);
    link.close(1012, "again");
    const again = await supervisor.link();
    expect(await again.next("hello")).toMatchObject({ holds: [FLEET] });
    again.send(welcomeOf(epoch, { features: [HOLD_FEATURE] }));
    again.send({ type: "update", holds: [] });
    await expect.poll(() => stage.context.holds.all).toEqual([]);
  });

  it("does not count under a supervisor that could not release it, and counts again under one that can", async () => {
    const { holds } = stage.context;
    await holds.take([FLEET]);
    holds.welcomed(false);
    expect(() => holds.refuse("p1")).not.toThrow();
    expect(holds.all).toEqual([FLEET]);
    holds.welcomed(true);
    expect(() => holds.refuse("p1")).toThrow("ann holds the fleet");
  });
});
