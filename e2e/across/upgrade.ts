import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import path from "node:path";
import type { CommandReply, CommandView, NodeView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import { type Builds, buildsOf, type Program } from "../harness/program.ts";
import { Stage } from "../harness/stage.ts";
import { type Account, accountOf, differences } from "./account.ts";
import { ASKS_BEFORE_PUSHING, Day } from "./day.ts";
import type { Report } from "../harness/report.ts";

/** What an earlier tree's programs left in the middle of their work. */
interface Left {
  readonly waiting: string;
  readonly finishedUnheard: string;
  readonly queued: string;
  readonly opencodePid: number;
  readonly nodeId: string;
  readonly account: Account;
}

/** Data that the programs of `before` left are opened by those of this tree, and then by the earlier ones again. */
export async function upgrade(opencode: string, before: string, report: Report): Promise<void> {
  await using stage = await Stage.open(opencode, { builds: buildsOf(before) });
  report.showOnFailure(() => stage.logs);
  const agent = stage.agent("una", { permission: ASKS_BEFORE_PUSHING });
  const day = new Day(stage, agent);
  let left: Left | undefined;
  await report.step("the programs before are left in the middle of their work", async () => {
    left = await leaveInTheMiddle(day);
  });
  if (left === undefined) return void agent.start(); // whose end ends its opencode
  await goOn(day, left, report);
  await report.step("this tree's programs live a day with the same data", () => liveOn(day));
  report.begin("data of this tree, opened by the tree before");
  await goBack(day, before, report);
}

/** Kills everything while a permission waits, a command is queued, and a turn ended that no supervisor heard of. */
async function leaveInTheMiddle(day: Day): Promise<Left> {
  const { stage, agent } = day;
  await stage.startSupervisor();
  agent.start();
  await stage.nodeUp(agent);
  await day.ask();
  await day.useTool();
  await day.abort();
  await day.push("deny");
  await day.compare();
  const waiting = await day.begin(
    `[[tool: bash {"command": "git push later", "description": "push"}]] [[say: it went on]]`,
  );
  await stage.asked(waiting);
  const finishedUnheard = await day.begin("[[slow: 15]]");
  await stage.sessionIn(finishedUnheard, "busy");
  await stage.supervisor.kill();
  await day.untilCompleted(finishedUnheard);
  await eventually(() => assert.ok(unsentOf(agent) > 0));
  const opencodePid = agent.opencode().pid;
  await agent.program.kill();
  // what it has is taken down by the supervisor that wrote it
  await stage.startSupervisor();
  await untilOffline(day);
  const text = "[[say: asked of the programs before]]";
  const { command } = await stage.post<CommandReply>(`/sessions/${finishedUnheard}/prompt`, { text, wait_ms: 0 });
  assert.equal(command.state, "queued");
  const account = await accountOf(stage);
  assert.ok((account["events"] as readonly object[]).length > 20);
  await stage.supervisor.kill();
  return { waiting, finishedUnheard, queued: command.id, opencodePid, nodeId: agent.nodeId, account };
}

/** How many events its outbox has that no supervisor has acknowledged. */
function unsentOf(agent: Agent): number {
  const database = new DatabaseSync(databaseOf(agent), { readOnly: true });
  try {
    const acknowledged = `select cast(value as integer) from meta where key = 'acked'`;
    const row = database
      .prepare(`select count(*) as unsent from outbox where seq > coalesce((${acknowledged}), 0)`)
      .get();
    return Number(row?.["unsent"]);
  } finally {
    database.close();
  }
}

function databaseOf(agent: Agent): string {
  return path.join(agent.dataDir, "agent.db");
}

async function goOn(day: Day, left: Left, report: Report): Promise<void> {
  const { stage, agent } = day;
  startFrom(stage, buildsOf());
  await report.step("the supervisor shows everything as it was", async () => {
    await stage.startSupervisor();
    await untilOffline(day);
    assert.deepEqual(differences(left.account, await accountOf(stage)), []);
  });
  await report.step("the agent comes back as the same node, with the opencode that was left running", async () => {
    agent.start();
    await stage.nodeUp(agent);
    assert.equal(agent.nodeId, left.nodeId);
    assert.equal(agent.opencode().pid, left.opencodePid);
  });
  await report.step("what nobody had heard of is told, and what was queued is done", async () => {
    await eventually(async () => {
      const { state, reason } = await stage.api<CommandView>(`/commands/${left.queued}`);
      assert.equal(state, "succeeded", reason);
      const texts = (await stage.messages(left.finishedUnheard)).map(({ text }) => text);
      assert.ok(texts.some((text) => text.includes("tick14")));
      assert.equal(texts.at(-1), "asked of the programs before");
    });
  });
  await report.step("the permission that waited is answered", () =>
    day.answerPush(left.waiting, "allow", "it went on"),
  );
  await report.step("sessions, messages and cost are what opencode holds", () => day.compare());
  await report.step("each understands the other", () => day.expectUnderstanding());
}

async function liveOn(day: Day): Promise<void> {
  await day.ask();
  await day.outage();
  await day.killAgent();
  await day.stopAll();
  await day.compare();
}

/** Each program of `before` either works with the data or says in one line why not, and takes nothing from them. */
async function goBack({ stage, agent }: Day, before: string, report: Report): Promise<void> {
  await agent.stop();
  await untilOffline({ stage, agent });
  const account = await accountOf(stage);
  await stage.supervisor.stop();
  const at = (changed: Partial<Builds>): void => startFrom(stage, { ...buildsOf(), ...changed });

  await report.step("the supervisor says why it does not open them, or opens them", async () => {
    at({ "hal-supervisor": before });
    await refusesOrWorks(stage.launchSupervisor(), () => stage.supervisorReady(), report);
    await stage.supervisor.stop();
    at({});
    await stage.startSupervisor();
    await untilOffline({ stage, agent });
    assert.deepEqual(differences(account, await accountOf(stage)), []);
  });
  await report.step("a copy from before the migration works again, and the agent tells what it lacks", async () => {
    const copy = `${stage.supervisorDatabase}.before-migration`;
    if (!existsSync(copy)) {
      report.note("there was nothing to migrate");
      return;
    }
    await stage.supervisor.stop();
    at({ "hal-supervisor": before, halctl: before });
    assert.equal((await stage.launchSupervisor("db", "restore", copy).ended).code, 0);
    await workTogether(stage, agent);
    await stage.stop();
    at({});
    await stage.startSupervisor();
  });
  await report.step("the agent says why it does not open them, or opens them", async () => {
    at({ "hal-agent": before });
    await refusesOrWorks(agent.start(), async () => void (await stage.nodeUp(agent)), report);
    await agent.stop();
    at({});
    await workTogether(stage, agent);
  });
}

async function workTogether(stage: Stage, agent: Agent): Promise<void> {
  if (!stage.supervisor.isRunning) await stage.startSupervisor();
  agent.start();
  await stage.nodeUp(agent);
  const day = new Day(stage, agent);
  await day.ask();
  await day.compare();
}

/** Until the supervisor knows that nobody is there any more. */
function untilOffline({ stage, agent }: Pick<Day, "stage" | "agent">): Promise<void> {
  return eventually(async () => assert.equal((await stage.api<NodeView>(`/nodes/${agent.nodeId}`)).status, "offline"));
}

function startFrom(stage: Stage, builds: Builds): void {
  Object.assign(stage.builds, builds);
  stage.letSessionsBeParallel();
}

async function refusesOrWorks(program: Program, ready: () => Promise<void>, report: Report): Promise<void> {
  const works = await Promise.race([ready().then(() => true), program.ended.then(() => false)]);
  if (works) {
    report.note(`${program.label} opens them`);
    return;
  }
  const said = program.stderr.trimEnd();
  report.note(`${program.label} says: ${said}`);
  assert.equal((await program.ended).code, 1);
  assert.match(said, /^[^\n]*newer version of this program[^\n]*$/);
}
