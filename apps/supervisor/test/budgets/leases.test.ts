import { execFileSync } from "node:child_process";
import { copyFile } from "node:fs/promises";
import type { BudgetView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Spender } from "../support/spender.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
let one: Spender;
let two: Spender;
beforeEach(async () => {
  stage = await startStage({}, { budgets: [{ scope: "fleet", period: "day", limit_usd: 0.5 }] });
  [one, two] = [new Spender(1), new Spender(2)];
});
afterEach(() => stage[Symbol.asyncDispose]());

async function list(): Promise<BudgetView[]> {
  return ((await (await stage.get("/api/v1/budgets")).json()) as { data: BudgetView[] }).data;
}
const first = async (): Promise<BudgetView> => (await list())[0] as BudgetView;
const start = async (node: Spender) => {
  const body = { project: `${node.host}/p1`, prompt: "go", wait_ms: 0 };
  const response = await stage.send("POST", "/api/v1/sessions", body);
  return { status: response.status, ...((await response.json()) as { error?: string; code?: string }) };
};

/** It works, and may spend nearly all of it. */
async function atWork(node: Spender): Promise<void> {
  node.atWork = ["ses_a"];
  await node.come(stage);
  await node.begin("ses_a");
  node.say();
  await expect.poll(() => node.left("fleet.day") ?? 0).toBeGreaterThan(400_000);
}

// I33
describe("what nodes may spend", () => {
  it("is known after a restart of the supervisor, of a node that has not come back, too", async () => {
    await atWork(one);
    await expect.poll(async () => (await first()).owed_usd).toBe(0.5);
    await stage.restart();
    expect(await first()).toMatchObject({ owed_usd: 0.5, free_usd: 0 });
    await two.come(stage);
    expect((await start(two)).error).toMatch(/may be by node box1/);
    expect(two.left("fleet.day") ?? 0).toBe(0);
  });

  it("is not known after a restore until each node is heard, and nothing begins meanwhile", async () => {
    await two.come(stage);
    await expect.poll(() => two.left("fleet.day")).toBeGreaterThan(0);
    await stage.restart(() => copyFile(stage.database, `${stage.database}.copy`));
    await two.come(stage);
    await atWork(one);
    await stage.restart(() => copyFile(`${stage.database}.copy`, stage.database));
    expect(await first()).toMatchObject({ owed_usd: null, free_usd: 0 });
    await one.come(stage);
    const refused = await start(one);
    expect([refused.status, refused.error]).toEqual([
      409,
      expect.stringMatching(/it is not known what node box2 may spend/),
    ]);
    await two.come(stage);
    await expect.poll(async () => (await first()).owed_usd).not.toBe(null);
    await expect.poll(async () => (await start(one)).status).toBe(200);
  });

  it("of an earlier life of its counters stays owed until the node has compared itself", async () => {
    await atWork(one);
    one.leave();
    one.life = "life-2";
    one.brief = undefined;
    one.counter = 0;
    one.atWork = [];
    await one.come(stage);
    await expect.poll(() => one.brief?.counters).toBe("life-2");
    expect((await first()).owed_usd).toBeGreaterThanOrEqual(0.5);
    one.peer?.send({ type: "told", epoch: "e1", seq: one.seq, sessions: [], cut: false });
    await expect.poll(async () => (await first()).owed_usd).toBeLessThan(0.1);
  });

  it("is taken back from a node at rest, and given to the one that works", async () => {
    await atWork(one);
    await two.come(stage);
    one.atWork = [];
    one.say();
    two.atWork = ["ses_b"];
    two.say();
    await expect.poll(() => two.left("fleet.day") ?? 0).toBeGreaterThan(400_000);
    expect((one.left("fleet.day") ?? 0) + (two.left("fleet.day") ?? 0)).toBeLessThanOrEqual(500_000);
  });

  it("is not given on before the node has said that it gave it back", async () => {
    await atWork(one);
    one.keeps = false;
    await two.come(stage);
    two.atWork = ["ses_b"];
    two.say();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(one.left("fleet.day")).toBe(500_000);
    expect(two.left("fleet.day") ?? 0).toBe(0);
    one.keeps = true;
    one.life = "life-1";
    one.say();
    one.leave();
    await one.come(stage);
    await expect.poll(() => two.left("fleet.day") ?? 0).toBeGreaterThan(200_000);
  });

  it("is said again before its time is over", async () => {
    Object.assign(stage.written, { cost: { lease_seconds: 15 } });
    await stage.supervisor.reload();
    await one.come(stage);
    await expect.poll(() => one.told).toBeGreaterThan(0);
    expect(one.brief?.validMs).toBe(15_000);
    const before = one.told;
    await expect.poll(() => one.told, { timeout: 15_000 }).toBeGreaterThan(before);
  });

  it("is told before what waited for the node, once it is back", async () => {
    await one.come(stage);
    await expect.poll(() => one.left("fleet.day")).toBeGreaterThan(0);
    one.leave();
    await expect.poll(async () => (await first()).nodes[0]?.reason).toMatch(/it is away/);
    expect((await start(one)).status).toBe(200);
    await one.come(stage);
    const before = one.told;
    await one.peer?.next("command");
    expect(one.told).toBeGreaterThanOrEqual(before);
  });
});

describe("a budget that cannot be read", () => {
  it("lets nothing begin, and says why", async () => {
    await one.come(stage);
    const body = { scope: "project:p1", period: "day", limit_usd: 5, reason: "a test" };
    expect((await stage.send("POST", "/api/v1/budgets", body)).status).toBe(200);
    one.leave();
    await stage.restart(async () => {
      const script = `const [file, sql] = JSON.parse(require("fs").readFileSync(0, "utf8"));
        new (require("node:sqlite").DatabaseSync)(file, { timeout: 5000 }).exec(sql)`;
      execFileSync(process.execPath, ["-e", script], {
        input: JSON.stringify([stage.database, "update budgets set limit_micro_usd = 'much'"]),
        stdio: ["pipe", "ignore", "pipe"],
      });
    });
    await one.come(stage);
    const refused = await start(one);
    expect([refused.status, refused.code]).toEqual([409, "OVER_BUDGET"]);
    expect(refused.error).toMatch(/the budget project:p1\.day cannot be read \(.*limitMicroUsd/);
    expect((await list()).find(({ id }) => id === "project:p1.day")).toMatchObject({ state: "unknown" });
    await expect.poll(() => one.lease("project:p1.day")).toMatchObject({ action: "refuse", ceilingMicroUsd: 0 });
  });
});
