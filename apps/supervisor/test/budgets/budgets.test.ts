import type { BudgetView, EventView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Spender } from "../support/spender.ts";
import { startStage, type Stage } from "../support/start.ts";

const DOLLAR = 1_000_000;

let stage: Stage;
let one: Spender;
let two: Spender;
beforeEach(async () => {
  stage = await startStage();
  [one, two] = [new Spender(1), new Spender(2)];
});
afterEach(() => stage[Symbol.asyncDispose]());

interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly error: string;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function send<T>(method: string, path: string, body?: object, key?: string): Promise<Answer<T>> {
  const headers = key === undefined ? {} : { "idempotency-key": key };
  const response = await stage.send(method, `/api/v1${path}`, body, headers);
  return { ...((await response.json()) as object), status: response.status } as Answer<T>;
}

const list = async (): Promise<BudgetView[]> => (await send<BudgetView[]>("GET", "/budgets")).data;
const first = async (): Promise<BudgetView> => (await list())[0] as BudgetView;
const set = (body: object = {}, key?: string) =>
  send<BudgetView>(
    "POST",
    "/budgets",
    { scope: "fleet", period: "day", limit_usd: 0.5, reason: "a test", ...body },
    key,
  );
const raise = (id: string, body: object, key?: string) =>
  send<BudgetView>("POST", `/budgets/${id}/raise`, { reason: "more to do", ...body }, key);
const start = (node: Spender) => send("POST", "/sessions", { project: `${node.host}/p1`, prompt: "go", wait_ms: 0 });
const told = async (type: string): Promise<EventView[]> =>
  (await send<EventView[]>("GET", `/events?type=${type}`)).data;

describe("a budget", () => {
  it("is told to nodes as ceilings of their counters, together no more than all of it", async () => {
    await one.come(stage);
    await two.come(stage);
    expect((await set()).status).toBe(200);
    await expect.poll(() => [one.left("fleet.day"), two.left("fleet.day")]).not.toContain(undefined);
    const left = (one.left("fleet.day") ?? 0) + (two.left("fleet.day") ?? 0);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(DOLLAR / 2);
    expect(one.lease("fleet.day")).toMatchObject({
      budget: "the fleet: $0.50 a day",
      scope: { kind: "node" },
      action: "stop",
    });
    expect(one.brief).toMatchObject({ counters: "life-1", validMs: 900_000 });
  });

  it("is raised for a node before a command that begins something goes to it", async () => {
    await set();
    await one.come(stage);
    await two.come(stage);
    await expect.poll(() => one.left("fleet.day")).toBeGreaterThan(0);
    const before = one.left("fleet.day") ?? 0;
    expect((await start(one)).status).toBe(200);
    await one.peer?.next("command");
    expect(one.left("fleet.day")).toBeGreaterThan(before * 5);
  });

  it("that is spent refuses what would begin, with the figures and what to do, and says so once", async () => {
    await set();
    await one.come(stage);
    await one.begin("ses_a");
    await one.spend("ses_a", 510_000);
    const refused = await start(one);
    expect([refused.status, refused.code]).toEqual([409, "OVER_BUDGET"]);
    expect(refused.error).toMatch(
      /^the fleet: \$0\.50 a day is spent \(\$0\.51 of \$0\.50\), so nothing begins until it begins anew at .* UTC, in .*; an admin raises it: halctl budgets raise fleet\.day/,
    );
    expect(refused.details).toMatchObject({ budget_id: "fleet.day", spent_micro_usd: 510_000 });
    await expect.poll(() => told("budget.reached")).toHaveLength(1);
    await stage.restart();
    expect((await start(one)).code).toBe("OVER_BUDGET");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await told("budget.reached")).toHaveLength(1);
  });

  it("is warned of at its shares, each once", async () => {
    await set({ warn_at: [0.5, 0.8] });
    await one.come(stage);
    await one.begin("ses_a");
    await one.spend("ses_a", 260_000);
    await expect.poll(async () => (await told("budget.warned")).length).toBe(1);
    await one.spend("ses_a", 160_000);
    await expect.poll(async () => (await told("budget.warned")).length).toBe(2);
    const shares = (await told("budget.warned")).map(({ data }) => (data as { share: number }).share);
    expect(shares.toSorted((a, b) => a - b)).toEqual([0.5, 0.8]);
    expect(await first()).toMatchObject({ state: "warned", spent_usd: 0.42, share: 0.84 });
  });

  it("is raised by an admin with a reason that is kept, and opens again", async () => {
    await set();
    await one.come(stage);
    await one.begin("ses_a");
    await one.spend("ses_a", 510_000);
    await expect.poll(async () => (await told("budget.reached")).length).toBe(1);
    expect((await raise("fleet.day", { to_usd: 1 })).data).toMatchObject({
      limit_usd: 1,
      given_usd: 0.5,
      change_reason: "more to do",
      is_overridden: true,
      override_until: expect.any(String),
    });
    expect((await start(one)).status).toBe(200);
    await expect.poll(async () => (await told("budget.reopened")).length).toBe(1);
    expect((await told("budget.changed")).map(({ data }) => (data as { what: string }).what).toSorted()).toEqual([
      "raised",
      "set",
    ]);
    await raise("fleet.day", { back: true });
    expect((await start(one)).code).toBe("OVER_BUDGET");
    expect((await raise("fleet.day", { lift: true })).data).toMatchObject({ limit_usd: null, state: "lifted" });
    expect((await start(one)).status).toBe(200);
  });

  it("is spent by a node that is away as far as it may spend, until it is heard", async () => {
    await set();
    await one.come(stage);
    one.atWork = ["ses_a"];
    await one.begin("ses_a");
    one.say();
    await expect.poll(() => one.left("fleet.day")).toBe(500_000);
    one.leave();
    await two.come(stage);
    await expect.poll(async () => (await first()).nodes[0]?.reason).toMatch(/it is away, and may spend that/);
    const refused = await start(two);
    expect(refused.code).toBe("OVER_BUDGET");
    expect(refused.error).toMatch(/\$0 is spent, and the other \$0\.50 may be by node box1/);
    one.atWork = [];
    await one.come(stage);
    await expect.poll(async () => (await start(two)).status).toBe(200);
  });

  it("says on which nodes nothing is stopped in flight", async () => {
    one.features = ["hold"];
    await one.come(stage);
    await set();
    expect((await first()).not_enforced).toEqual([
      { node: "box1", reason: expect.stringContaining("too old to have budgets") },
    ]);
    await one.begin("ses_a");
    await one.spend("ses_a", 600_000);
    expect((await start(one)).code).toBe("OVER_BUDGET");
  });

  it("of each session is refused to the one that has spent it", async () => {
    await set({ scope: "session", period: "total", limit_usd: 0.1 });
    await one.come(stage);
    await one.begin("ses_a");
    await one.begin("ses_b");
    one.atWork = ["ses_a"];
    await one.spend("ses_a", 110_000);
    await expect
      .poll(() => one.brief?.leases)
      .toContainEqual(expect.objectContaining({ scope: { kind: "each_session" }, ceilingMicroUsd: 100_000 }));
    const prompt = (ref: string) => send("POST", `/sessions/${ref}/prompt`, { text: "go on", wait_ms: 0 });
    expect((await prompt("ses_a")).code).toBe("OVER_BUDGET");
    expect((await prompt("ses_b")).status).toBe(200);
    expect((await start(one)).status).toBe(200);
    one.atWork = [];
    one.say();
    await expect
      .poll(async () => (await told("budget.reached")).map(({ session_id: id, node_id: node }) => [id, node]))
      .toEqual([["ses_a", one.nodeId]]);
    expect(await first()).toMatchObject({ state: "reached", spent_usd: 0.11 });
  });

  it("of a project concerns that project, and one of a node that node", async () => {
    await one.come(stage);
    await two.come(stage);
    await set({ scope: "project:p1", limit_usd: 0 });
    expect((await start(one)).error).toMatch(/^project p1: \$0 a day is spent/);
    await send("POST", "/budgets/project:p1.day/remove", { reason: "enough" });
    await set({ scope: `node:${one.host}`, limit_usd: 0 });
    expect((await start(one)).code).toBe("OVER_BUDGET");
    expect((await start(two)).status).toBe(200);
  });

  it("is set once for a request that comes twice, and is changed only by whoever may", async () => {
    expect((await set({}, "k1")).data.id).toBe("fleet.day");
    expect((await set({}, "k1")).status).toBe(200);
    expect((await set({ limit_usd: 2 }, "k1")).status).toBe(409);
    expect(await told("budget.changed")).toHaveLength(1);
    expect((await set({ reason: "" })).status).toBe(400);
    expect((await set({ scope: "project:nobody-has-it" })).status).toBe(400);
    expect((await raise("fleet.day", { to_usd: 1, lift: true })).status).toBe(400);
    expect((await raise("nothing", { to_usd: 1 })).status).toBe(404);
  });
});

describe("a budget of the configuration", () => {
  const restartWith = async (rest: object): Promise<void> => {
    Object.assign(stage.written, rest);
    await stage.supervisor.reload();
  };

  it("is named as the source, is changed there alone, and may be raised", async () => {
    await restartWith({ budgets: [{ scope: "fleet", period: "day", limit_usd: 0.5, action: "refuse" }] });
    expect(await first()).toMatchObject({ source: "file", path: "budgets.0", limit_usd: 0.5, action: "refuse" });
    expect((await set()).status).toBe(409);
    expect((await send("POST", "/budgets/fleet.day/remove", { reason: "x" })).status).toBe(409);
    expect((await raise("fleet.day", { by_usd: 0.25 })).data).toMatchObject({ limit_usd: 0.75, given_usd: 0.5 });
  });

  it("says all that is wrong with it at once, and what is in use stays", async () => {
    await restartWith({ budgets: [{ scope: "fleet", period: "day", limit_usd: 1 }] });
    await restartWith({
      budgets: [
        { scope: "projekt:web", period: "day", limit_usd: -1, warn_at: [80] },
        { scope: "fleet", period: "year", limit_usd: 1 },
      ],
    });
    const refused = stage.lines.find((line) => line.includes("the new configuration is refused")) ?? "";
    for (const problem of ["is no scope", "is below 0", "is not below 1", "must be day"])
      expect(refused).toContain(problem);
    expect(await list()).toHaveLength(1);
  });

  it("is what policies.kill_on_cost means, and its older shape, both off by default", async () => {
    await restartWith({ policies: { kill_on_cost: { session_usd: 2, daily_limit_usd: 10 } } });
    expect(await list()).toEqual([]);
    await restartWith({ policies: { kill_on_cost: { enabled: true, session_usd: 2, daily_limit_usd: 10 } } });
    expect(
      (await list()).map(({ id, scope, period, limit_usd: limit, action }) => [id, scope, period, limit, action]),
    ).toEqual([
      ["kill_on_cost.session", "session", "total", 2, "stop"],
      ["kill_on_cost.day", "fleet", "day", 10, "stop"],
    ]);
  });
});
