import type { Spent } from "@hal/protocol";
import { isCounting, type MessageShare, outboxPosition, record } from "@hal/store/agent";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SpentSender } from "../../src/uplink/spent-sender.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { answers, briefOf, leaseOf, toldSoon, works } from "../support/spenders.ts";

let double: OpencodeApiDouble;
let stage: AgentStage;
let sender: SpentSender;
let frames: Spent[];
let heard: number;
const runner = { isBeginning: false, onBeginning: () => undefined };

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
  stage.follow();
  await vi.waitUntil(() => isCounting(stage.store), { timeout: 20_000 });
  frames = [];
  heard = 0;
  sender = new SpentSender(stage.context, runner, (text) => void frames.push(JSON.parse(text) as Spent));
});
afterEach(async () => {
  sender.stop();
  await stage[Symbol.asyncDispose]();
});

/** What was said since the last time that this was asked, without waiting for any timer. */
async function saidAtOnce(): Promise<Spent | undefined> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  const said = frames.length === heard ? undefined : frames.at(-1);
  heard = frames.length;
  return said;
}

async function spends(messageId: string, nanoUsd: number): Promise<void> {
  const share: MessageShare = { sessionId: "ses_1", messageId, root: "ses_1", project: "p1", nanoUsd, createdAt: 1 };
  await record(stage.store, [], [], { shares: [share] });
  stage.context.spending.changed();
}

it("says what was spent a little later, and at once where half of what was left is gone since", async () => {
  await stage.context.leases.say(briefOf(stage, [leaseOf(1_000)]));
  sender.now();
  expect(await saidAtOnce()).toMatchObject({ nodeMicroUsd: 0, version: 1 });
  await spends("msg_1", 499_999);
  expect(await saidAtOnce()).toBeUndefined();
  await spends("msg_2", 1_000);
  // rounded down: never more than was counted
  expect(await saidAtOnce()).toMatchObject({ nodeMicroUsd: 500, projects: [{ id: "p1", microUsd: 500 }] });
  await spends("msg_3", 100_000);
  expect(await saidAtOnce()).toBeUndefined();
  await expect.poll(() => frames.at(-1)?.nodeMicroUsd).toBe(600);
});

it("says nothing twice, but when it is asked to", async () => {
  sender.now();
  const first = await saidAtOnce();
  expect(first).toBeDefined();
  stage.context.spending.changed();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(frames).toHaveLength(1);
  sender.now();
  expect(await saidAtOnce()).toEqual(first);
});

it("counts a session as at work until all that it spent is told, also one that was deleted", async () => {
  works(double, "ses_1");
  works(double, "ses_2");
  answers(double, "ses_1", "msg_8", { dollars: 0.5, finish: "stop", isFinal: false });
  answers(double, "ses_2", "msg_9", { dollars: 0.25, finish: "stop", isFinal: false });
  // what a comparison finds out is for later
  double.hung.add(PROJECT);
  double.status("ses_1", { type: "idle" });
  double.working.delete("ses_2");
  await double.deleteSession("ses_2");
  await toldSoon(stage, "session.ended");
  await toldSoon(stage, "session.idle");
  await saidAtOnce();
  sender.now();
  const said = await saidAtOnce();
  expect(said).toMatchObject({ atWork: ["ses_1", "ses_2"], nodeMicroUsd: 0 });
  expect(said?.seq).toBe((await outboxPosition(stage.store)).lastSeq);
  answers(double, "ses_1", "msg_8", { dollars: 0.5, finish: "stop" });
  await expect.poll(() => frames.at(-1)).toMatchObject({ atWork: ["ses_2"], nodeMicroUsd: 500_000 });
});

it("names the leases that are on the disk, and the newer ones once they are", async () => {
  const { leases } = stage.context;
  await leases.say(briefOf(stage, [leaseOf(1_000)]));
  stage.store.sqlite.driver.pragma("query_only = on");
  await leases.say(briefOf(stage, [leaseOf(500)], { version: 2 }));
  expect(leases.brief?.version).toBe(2);
  sender.now();
  expect((await saidAtOnce())?.version).toBeUndefined();
  stage.store.sqlite.driver.pragma("query_only = off");
  await leases.note();
  sender.now();
  expect(await saidAtOnce()).toMatchObject({ version: 2 });
  leases.welcomed(false);
  sender.now();
  expect((await saidAtOnce())?.version).toBeUndefined();
});
