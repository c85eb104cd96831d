import type { BillsView, CostReport, DriftView } from "@hal/protocol";
import { type BillingDouble, startBilling } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 28, 12);
const KEYS = { anthropic: "sk-ant-admin-0123456789", openai: "sk-admin-0123456789" };
const MILLION = { input: 1_000_000, output: 0 };

let now: number;
let double: BillingDouble;
let stage: Stage | undefined;
beforeEach(async () => {
  now = START;
  double = await startBilling({ keys: KEYS, now: () => now });
});
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
  await double[Symbol.asyncDispose]();
});

const section = (): Record<string, unknown> => ({
  poll_interval_minutes: 60,
  providers: {
    anthropic: { admin_api_key: KEYS.anthropic, base_url: double.url },
    openai: { org_api_key: KEYS.openai, base_url: double.url },
  },
});

async function open(cost: Record<string, unknown> = section()): Promise<Stage> {
  const clock = { now: () => now, monotonic: () => performance.now() };
  stage = await startStage({}, { cost }, { clock });
  return stage;
}

const read = async <T>(path: string): Promise<T> => {
  const response = await (stage as Stage).get(`/api/v1${path}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: T }).data;
};
const providers = async () => {
  const { providers: all } = await read<BillsView>("/cost/providers");
  return Object.fromEntries(all.map((one) => [one.provider, one]));
};
const states = async (): Promise<Record<string, string>> =>
  Object.fromEntries(Object.entries(await providers()).map(([name, { state }]) => [name, state]));
const bothWork = () => expect.poll(states).toMatchObject({ anthropic: "working", openai: "working" });
const poll = async (provider?: string): Promise<BillsView> => {
  const response = await (stage as Stage).send("POST", "/api/v1/cost/poll", provider === undefined ? {} : { provider });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: BillsView }).data;
};
const logged = (text: string): number => (stage as Stage).lines.filter((line) => line.includes(text)).length;
const told = async (type: string) =>
  (await read<{ type: string; data: Record<string, unknown> }[]>(`/events?type=${type}`)).map(({ data }) => data);

describe("bills of providers", () => {
  it("are asked for at the start with both key names, and shown beside the ledger", async () => {
    double.served({ provider: "anthropic", model: "claude", tokens: MILLION, at: now - 60_000 });
    double.served({ provider: "openai", model: "gpt", tokens: { input: 0, output: 1_000 }, at: now - DAY_MS });
    await open();
    await bothWork();
    expect(await providers()).toMatchObject({
      anthropic: { billed_today_usd: 3, billed_month_usd: 3, ledger_today_usd: 0, stale: false },
      openai: { billed_today_usd: 0, billed_month_usd: 0.015 },
    });
    expect(await read<CostReport>("/cost/today")).toMatchObject({
      total_cost_usd: 0,
      providers: ["anthropic", "openai"],
      degraded_providers: [],
      bills: [
        { provider: "anthropic", billed_usd: 3, stale: false },
        { provider: "openai", billed_usd: 0, stale: false },
      ],
    });
    expect(logged(KEYS.anthropic) + logged(KEYS.openai)).toBe(0);
  });

  it("are zeros with a note where no provider is configured", async () => {
    await open({});
    expect(await read<CostReport>("/cost/today")).toMatchObject({
      total_cost_usd: 0,
      providers: [],
      bills: [],
      note: expect.stringContaining("no cost provider is configured"),
    });
    expect(await read<BillsView>("/cost/providers")).toMatchObject({
      providers: [],
      note: expect.stringContaining("Gemini is estimated from tokens"),
    });
    expect(await read<DriftView[]>("/cost/drift")).toEqual([]);
  });

  it("of one provider that fails leave the other alone; a fault is one warning and a mark, never a zero", async () => {
    double.served({ provider: "anthropic", model: "claude", tokens: MILLION, at: now - 60_000 });
    await open();
    await bothWork();
    double.fail("anthropic", { kind: "status", status: 500 });
    for (let minute = 0; minute < 3; minute += 1) {
      now += 5 * 60_000;
      await poll();
    }
    expect(await providers()).toMatchObject({
      anthropic: {
        state: "failing",
        code: "unavailable",
        stale: true,
        billed_today_usd: 3,
        as_of: new Date(START).toISOString(),
      },
      openai: { state: "working", stale: false, as_of: new Date(now).toISOString() },
    });
    const report = await read<CostReport>("/cost/today");
    expect(report).toMatchObject({
      degraded_providers: ["anthropic"],
      note: expect.stringContaining("anthropic does not answer"),
    });
    expect(report.bills[0]).toMatchObject({ billed_usd: 3, stale: true });
    expect(await told("cost.provider_failing")).toMatchObject([{ provider: "anthropic", code: "unavailable" }]);
    expect(logged("a provider does not tell its bill")).toBe(1);
    // a restart tells it no second time
    await stage?.restart();
    await poll();
    expect(await told("cost.provider_failing")).toHaveLength(1);
    double.fail("anthropic", undefined);
    await poll();
    expect(await states()).toMatchObject({ anthropic: "working" });
    expect(await told("cost.provider_working")).toEqual([{ provider: "anthropic" }]);
  });

  it("are asked for while another provider hangs", async () => {
    double.fail("anthropic", { kind: "slow" });
    await open();
    await expect.poll(states).toMatchObject({ anthropic: "untried", openai: "working" });
    expect(await providers()).toMatchObject({ anthropic: { asking: true, billed_today_usd: null } });
  });

  it("of a wrong key are asked for once, and again at once with another one", async () => {
    double.rotate("anthropic", "sk-ant-admin-new");
    await open();
    await expect.poll(states).toMatchObject({ anthropic: "failing", openai: "working" });
    const asked = (): number => double.requests.filter(({ provider }) => provider === "anthropic").length;
    expect(asked()).toBe(1);
    expect(await providers()).toMatchObject({
      anthropic: { code: "unauthorized", reason: expect.stringContaining("cost.providers.anthropic.admin_api_key") },
    });
    now += 59 * 60_000;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(asked()).toBe(1);
    const { written, supervisor } = stage as Stage;
    written["cost"] = {
      ...section(),
      providers: { anthropic: { admin_api_key: "sk-ant-admin-new", base_url: double.url } },
    };
    await supervisor.reload();
    await expect.poll(states).toEqual({ anthropic: "working" });
    expect(JSON.stringify((stage as Stage).lines)).not.toContain("sk-ant-admin-new");
  });

  it("are not asked for before a provider wants to be, also by a person and over a restart", async () => {
    double.fail("openai", { kind: "status", status: 429, retryAfter: "7200" });
    await open();
    await expect.poll(states).toMatchObject({ openai: "failing" });
    double.fail("openai", undefined);
    const asked = (): number => double.requests.filter(({ provider }) => provider === "openai").length;
    expect(asked()).toBe(1);
    now += 3_600_000;
    await poll("openai");
    await stage?.restart();
    await poll("openai");
    expect([asked(), (await states())["openai"]]).toEqual([1, "failing"]);
    expect((await providers())["openai"]?.next_poll_at).toBe(new Date(START + 7_200_000).toISOString());
    now += 3_600_000;
    await bothWork();
  });

  it("that change late take the place of themselves", async () => {
    const at = now - 2 * DAY_MS;
    double.served({ provider: "openai", model: "gpt", tokens: MILLION, at });
    double.served({ provider: "openai", model: "gpt", tokens: MILLION, at, late: 1 });
    await open();
    await bothWork();
    const billed = async () => (await providers())["openai"]?.billed_month_usd;
    expect(await billed()).toBe(3);
    await poll();
    expect(await billed()).toBe(6);
    await poll();
    expect(await billed()).toBe(6);
  });

  it("are not asked for with the keys of a guide", async () => {
    await open({ providers: { anthropic: { admin_api_key: "your-anthropic-admin-api-key" } } });
    expect(await providers()).toMatchObject({
      anthropic: { state: "not_asked", reason: expect.stringContaining("is a placeholder") },
    });
    expect(await read<CostReport>("/cost/today")).toMatchObject({ providers: [], degraded_providers: [] });
  });

  it("are compared with the ledger by day, and a drift is told once", async () => {
    const agent = await startedAgent();
    const message = (messageId: string, createdAt: number, model: string, costMicroUsd: number): object => ({
      messageId,
      role: "assistant",
      state: "complete",
      text: "x",
      model,
      costMicroUsd,
      tokens: { input: 1_000_000, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
      createdAt,
    });
    agent.send(
      events(
        event(1, "session.message", message("a", now - 2 * DAY_MS, "anthropic/claude", 3_000_000)),
        event(2, "session.message", message("b", now - 2 * DAY_MS, "openai/gpt", 3_000_000)),
        event(3, "session.message", message("c", now, "google/gemini-3", 1_000_000)),
      ),
    );
    await agent.next("ack");
    double.served({ provider: "anthropic", model: "claude-20260101", tokens: MILLION, at: now - 2 * DAY_MS });
    double.served({ provider: "openai", model: "gpt-2026-01-01", tokens: MILLION, at: now - 2 * DAY_MS });
    double.served({ provider: "openai", model: "o9", tokens: MILLION, at: now - 2 * DAY_MS });
    await poll();
    await poll();
    expect(await read<DriftView[]>("/cost/drift")).toMatchObject([
      {
        provider: "anthropic",
        day: "2026-11-26",
        ledger_usd: 3,
        billed_usd: 3,
        drift_percent: 0,
        drifted: false,
        complete: true,
      },
      {
        provider: "openai",
        day: "2026-11-26",
        ledger_usd: 3,
        billed_usd: 6,
        drift_percent: -50,
        drifted: true,
        reason: "other_users",
      },
    ]);
    expect(await told("cost.drifted")).toMatchObject([
      { provider: "openai", day: "2026-11-26", ledgerMicroUsd: 3_000_000, billedMicroUsd: 6_000_000 },
    ]);
    expect(await providers()).toMatchObject({
      google: { state: "not_asked", reason: expect.stringContaining("estimated from tokens"), ledger_today_usd: 1 },
    });
    const metrics = await (await (stage as Stage).get("/metrics")).text();
    expect(metrics).toMatch(/hal_o_swarm_cost_drift_ratio\{provider="openai"\} -0\.5/);
    expect(metrics).toMatch(/hal_o_swarm_cost_polls_total\{provider="openai",result="told"\} [23]/);
  });

  it("have subscriptions beside them: on which nodes, who shares a login, and when more can be used", async () => {
    await open({});
    const opencode = (logins: object[]) => ({ state: "up", version: "1.18.33", tested: true, since: 1, logins });
    const box = await connected(stage as Stage, {
      opencode: opencode([{ provider: "anthropic", account: "0a1b2c3d" }, { provider: "github-copilot" }]),
    });
    const tower = {
      id: "01900000-0000-7000-8000-00000000000b",
      hostname: "tower",
      version: "0",
      os: "linux",
      arch: "x64",
    };
    await connected(stage as Stage, {
      node: tower,
      instance: "run-2",
      opencode: opencode([{ provider: "anthropic", account: "0a1b2c3d" }]),
    });
    const nextAt = now + 3_600_000;
    box.send(
      events(
        event(
          1,
          "session.started",
          { title: "t", createdAt: now, updatedAt: now, model: "anthropic/claude" },
          { at: now },
        ),
        event(2, "session.retrying", { attempt: 1, message: "usage limit reached", nextAt }, { at: now }),
      ),
    );
    await box.next("ack");
    const { anthropic, "github-copilot": copilot } = await providers();
    expect(anthropic).toMatchObject({ state: "not_asked", billed_month_usd: null, ledger_month_usd: 0 });
    expect(anthropic?.subscriptions).toEqual([
      {
        node_id: expect.any(String),
        node: "box",
        window: "its window is used up, as its provider said: usage limit reached",
        resets_at: new Date(nextAt).toISOString(),
        login: "0a1b2c3d",
        shared_with: ["tower"],
      },
      expect.objectContaining({ node: "tower", resets_at: null, shared_with: ["box"] }),
    ]);
    expect(copilot?.subscriptions).toMatchObject([{ node: "box", login: null, shared_with: [] }]);
  });

  async function startedAgent() {
    await open();
    await bothWork();
    return connected(stage as Stage);
  }
});
