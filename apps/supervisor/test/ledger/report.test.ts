import type { CostForecast, CostReport, CostTable } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, event, events, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 9:30 in Berlin, on the day after clocks were set forward there */
const NOW = Date.UTC(2026, 2, 30, 7, 30);
const TOKENS = { input: 100, output: 10, reasoning: 5, cacheRead: 1_000, cacheWrite: 7 };

let stage: Stage;
let seq = 0;
let agent: Peer | undefined;
const begin = async (cost: Record<string, unknown> = {}): Promise<void> => {
  seq = 0;
  agent = undefined;
  stage = await startStage({}, { cost }, { clock: { now: () => NOW, monotonic: () => performance.now() } });
};
beforeEach(() => begin());
afterEach(() => stage[Symbol.asyncDispose]());

interface Said {
  readonly session?: string;
  readonly project?: string;
  readonly costMicroUsd?: number;
  readonly model?: string;
  readonly at?: number;
  readonly tokens?: object;
}

function answer({ session = "ses_1", project = "web", at = NOW, costMicroUsd = 1, ...said }: Said): object {
  seq += 1;
  const data = {
    messageId: `msg_${seq}`,
    role: "assistant",
    state: "complete",
    text: "x",
    model: "anthropic/claude",
    tokens: TOKENS,
    createdAt: at,
    costMicroUsd,
    ...said,
  };
  return event(seq, "session.message", data, { session, project });
}

async function tell(...said: readonly Said[]): Promise<void> {
  agent ??= await connected(stage);
  agent.send(events(...said.map(answer)));
  await agent.next("ack");
}

async function ask<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

const shown = ({ rows }: CostTable): (string | number | null | undefined)[][] =>
  rows.map(({ project, model, provider, node, day, actor, session, cost_usd: cost }) =>
    [project, provider, model, node, day, actor, session, Math.round(cost * 1e6)].filter((cell) => cell !== undefined),
  );

// I9
describe("a report of costs", () => {
  beforeEach(() =>
    tell(
      { costMicroUsd: 1 },
      { costMicroUsd: 20, model: "openai/gpt/mini" },
      { costMicroUsd: 300, project: "api", session: "ses_2" },
      { costMicroUsd: 4_000, at: NOW - 3 * DAY_MS },
      { costMicroUsd: 50_000, at: NOW - 40 * DAY_MS },
    ),
  );

  it.each([
    [
      "/cost/report",
      [
        ["api", "anthropic", "claude", 300],
        ["web", "openai", "gpt/mini", 20],
        ["web", "anthropic", "claude", 1],
      ],
    ],
    [
      "/cost/report?period=week&by=project",
      [
        ["web", 4_021],
        ["api", 300],
      ],
    ],
    [
      "/cost/report?period=month&by=provider,project",
      [
        ["web", "anthropic", 4_001],
        ["api", "anthropic", 300],
        ["web", "openai", 20],
      ],
    ],
    [
      "/cost/report?period=week&by=day",
      [
        ["2026-03-27", 4_000],
        ["2026-03-30", 321],
      ],
    ],
    [
      "/cost/report?period=week&by=day,session",
      [
        ["2026-03-27", "ses_1", 4_000],
        ["2026-03-30", "ses_2", 300],
        ["2026-03-30", "ses_1", 21],
      ],
    ],
    ["/cost/report?from=2026-01-01&to=2026-03-27&by=node", [["box", 54_000]]],
    ["/cost/report?from=2026-01-01&by=actor", [[null, 54_321]]],
    ["/cost/report?to=2026-03-27&by=session", [["ses_1", 4_000]]],
    ["/cost/report?from=2026-03-28&to=2026-03-29&by=project", []],
  ])("%s", async (path, rows) => {
    expect(shown(await ask<CostTable>(path))).toEqual(rows);
  });

  it("has all kinds of tokens, what all rows came to, and the node's name", async () => {
    const report = await ask<CostTable>("/cost/report?by=node,model&limit=1");
    expect(report).toMatchObject({
      by: ["node", "model"],
      time_zone: "UTC",
      from: "2026-03-30T00:00:00.000Z",
      to: "2026-03-31T00:00:00.000Z",
      first_day: "2026-03-30",
      last_day: "2026-03-30",
      row_count: 2,
      total: {
        cost_usd: 0.000321,
        opencode_usd: 0.000321,
        estimated_usd: 0,
        unpriced_tokens: 0,
        tokens: 3 * 1_122,
        input_tokens: 300,
        output_tokens: 30,
        reasoning_tokens: 15,
        cache_read_tokens: 3_000,
        cache_write_tokens: 21,
        unsplit_tokens: 0,
      },
      rows: [{ node: "box", node_id: NODE_ID, provider: "anthropic", model: "claude", tokens: 2 * 1_122 }],
      note: "opencode's own figures",
    });
    const rest = await ask<CostTable>(`/cost/report?by=node,model&limit=1&cursor=${report.next}`);
    expect(rest).toMatchObject({ rows: [{ model: "gpt/mini" }], next: null, row_count: 2 });
  });

  it("is, as CSV, all of its rows", async () => {
    const response = await stage.get("/api/v1/cost/report?period=week&by=project&limit=1", TOKEN, {
      accept: "text/csv",
    });
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const [head, ...rows] = (await response.text()).split("\r\n");
    expect(head).toMatch(/^project,cost_usd,opencode_usd,/);
    expect(rows).toEqual([expect.stringMatching(/^web,0.004021,/), expect.stringMatching(/^api,0.0003,/), ""]);
    // what is no report is answered as ever
    const json = await stage.get("/api/v1/cost/today", TOKEN, { accept: "text/csv" });
    expect(json.headers.get("content-type")).toBe("application/json");
  });

  it.each([
    ["by=project,model,node", "one or two of project"],
    ["by=project,project", "one or two of project"],
    ["by=colour", "one or two of project"],
    ["period=week&from=2026-03-01", "not both"],
    ["from=2026-02-30", "no day"],
    ["from=2026-03-02&to=2026-03-01", "is behind"],
    ["from=1990-01-01", "days at most"],
    ["cursor=x", "not a cursor"],
  ])("refuses %s", async (query, words) => {
    const response = await stage.get(`/api/v1/cost/report?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toContain(words);
  });
});

// I9
describe("days of another zone", () => {
  it("begin by its clock: the one on which clocks are set forward has 23 hours", async () => {
    await stage[Symbol.asyncDispose]();
    await begin({ time_zone: "Europe/Berlin" });
    const midnight = Date.UTC(2026, 2, 28, 23);
    await tell(
      { costMicroUsd: 1, at: midnight - 1 },
      { costMicroUsd: 20, at: midnight },
      { costMicroUsd: 300, at: midnight + 23 * HOUR_MS - 1 },
      { costMicroUsd: 4_000, at: midnight + 23 * HOUR_MS },
    );
    const report = await ask<CostTable>("/cost/report?from=2026-03-28&by=day");
    expect(shown(report)).toEqual([
      ["2026-03-28", 1],
      ["2026-03-29", 320],
      ["2026-03-30", 4_000],
    ]);
    expect(report).toMatchObject({ from: "2026-03-27T23:00:00.000Z", to: "2026-03-30T22:00:00.000Z" });
    expect(await ask<CostReport>("/cost/today")).toMatchObject({
      from: "2026-03-29T22:00:00.000Z",
      time_zone: "Europe/Berlin",
      total_cost_usd: 0.004,
    });
    // what is in the ledger is shown by another clock at once
    stage.written["cost"] = { time_zone: "Asia/Kathmandu" };
    await stage.supervisor.reload();
    expect(shown(await ask<CostTable>("/cost/report?from=2026-03-28&by=day"))).toEqual([
      ["2026-03-29", 21],
      ["2026-03-30", 4_300],
    ]);
  });

  it("are those of a zone that there is", async () => {
    await expect(startStage({}, { cost: { time_zone: "Mars/Base" } })).rejects.toThrow(
      "cost.time_zone: is no time zone; write it as Europe/Berlin",
    );
  });
});

describe("models without a cost", () => {
  const free: Said = { costMicroUsd: 0, model: "open/free" };

  it("are estimated by a price from when it is set, and before that said to have none", async () => {
    await tell(free);
    const before = await ask<CostReport>("/cost/today");
    expect(before).toMatchObject({
      total_cost_usd: 0,
      kinds: { opencode_usd: 0, estimated_usd: 0, unpriced_tokens: 1_122 },
      note: expect.stringContaining("1,122 tokens have no price"),
    });
    stage.written["cost"] = {
      prices: { "open/*": { input_usd: 1, output_usd: 10, cache_read_usd: 0.1, cache_write_usd: 2 } },
    };
    await stage.supervisor.reload();
    await tell(free);
    // 100 × 1 + (10 + 5) × 10 + 1,000 × 0.1 + 7 × 2 dollars a million
    expect(await ask<CostReport>("/cost/today")).toMatchObject({
      total_cost_usd: 0.000364,
      kinds: { opencode_usd: 0, estimated_usd: 0.000364, unpriced_tokens: 1_122 },
      note: expect.stringContaining("is estimated from tokens by cost.prices"),
    });
  });

  it.each([
    [{ "open/free": { input_usd: -1, output_usd: 1 } }, "input_usd: is below 0"],
    [{ "open/free": { input_usd: 1 } }, "output_usd"],
    [{ free: { input_usd: 1, output_usd: 1 } }, "is no model"],
    [{ "open/free": { input_usd: 1, output_usd: 1, per_token: 2 } }, "per_token"],
  ])("have prices that are some: %j", async (prices, problem) => {
    await expect(startStage({}, { cost: { prices } })).rejects.toThrow(problem);
  });
});

it("says by whom and on which node something was spent, and names what is not known as that", async () => {
  await tell({ costMicroUsd: 5 });
  expect(await ask<CostReport>("/cost/today")).toMatchObject({
    by_node: [{ node_id: NODE_ID, node: "box", cost_usd: 0.000005 }],
    by_actor: [{ actor: null, cost_usd: 0.000005 }],
  });
});

describe("a forecast", () => {
  it("is cold while there is too little, with the reason", async () => {
    await tell({ costMicroUsd: 5 });
    expect(await ask<CostForecast>("/cost/forecast")).toMatchObject({
      state: "cold",
      reason: expect.stringContaining("needs 7"),
      history_days: 0,
      day: { spent_usd: 0.000005, low_usd: null, likely_usd: null, high_usd: null },
      month: { from: "2026-03-01T00:00:00.000Z", to: "2026-04-01T00:00:00.000Z", low_usd: null },
    });
  });

  it("is a band once there are seven days: what those days spent after this time of the day comes to what is spent", async () => {
    // each day 10 at 3:00 and 90 at 20:00, and today, at 7:30, 40
    const days = [1, 2, 3, 4, 5, 6, 7].flatMap((ago) => [
      { costMicroUsd: 10, at: Date.UTC(2026, 2, 30 - ago, 3) },
      { costMicroUsd: 90, at: Date.UTC(2026, 2, 30 - ago, 20) },
    ]);
    await tell(...days, { costMicroUsd: 40 });
    expect(await ask<CostForecast>("/cost/forecast")).toMatchObject({
      state: "warm",
      history_days: 7,
      day: { spent_usd: 0.00004, low_usd: 0.00013, likely_usd: 0.00013, high_usd: 0.00013 },
      // and one more day of 100
      month: { spent_usd: 0.00074, low_usd: 0.00093, likely_usd: 0.00093, high_usd: 0.00093 },
    });
  });
});
