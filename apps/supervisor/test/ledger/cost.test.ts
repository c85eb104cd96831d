import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CostReport } from "@hal/protocol";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 8, 13, 30);
const MIDNIGHT = Date.UTC(2026, 2, 8);

let stage: Stage;
beforeEach(async () => {
  stage = await startStage({}, {}, { clock: { now: () => NOW, monotonic: () => performance.now() } });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function cost(path: string): Promise<CostReport> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: CostReport }).data;
}

describe("cost", () => {
  it("is zero where nothing was spent, and says that no provider is configured", async () => {
    expect(await cost("/cost/today")).toMatchObject({
      period: "today",
      total_tokens: 0,
      total_cost_usd: 0,
      by_provider: [],
      by_model: [],
      by_project: [],
      providers: [],
      degraded_providers: [],
      note: expect.stringContaining("no cost provider is configured"),
      total_cost: 0,
      session_count: 0,
      tokens_used: 0,
    });
  });

  it("counts each message of the assistant once, in its period, by provider, model and project", async () => {
    const agent = await connected(stage);
    const tokens = { input: 100, output: 10, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
    const message = (messageId: string, createdAt: number, more: object = {}): object => ({
      messageId,
      role: "assistant",
      state: "complete",
      text: "x",
      model: "anthropic/claude",
      costMicroUsd: 250_000,
      tokens,
      createdAt,
      ...more,
    });
    agent.send(
      events(
        event(1, "session.message", message("a", NOW)),
        event(2, "session.message", message("a", NOW)),
        event(3, "session.message", message("b", NOW, { model: "openai/gpt/mini", costMicroUsd: 500_000 })),
        event(4, "session.message", message("c", MIDNIGHT - 1)),
        event(5, "session.message", message("d", MIDNIGHT - 20 * DAY_MS)),
        event(6, "session.message", message("e", MIDNIGHT - 40 * DAY_MS)),
        event(7, "session.message", message("f", NOW, { copied: true }), { session: "ses_fork" }),
        event(8, "session.message", message("g", NOW, { role: "user", tokens: undefined, costMicroUsd: 0 })),
        event(9, "session.message", message("h", NOW), { session: "ses_two", project: "p2" }),
      ),
    );
    await agent.next("ack");
    const today = await cost("/cost/today");
    expect(today).toMatchObject({
      from: "2026-03-08T00:00:00.000Z",
      total_cost_usd: 1,
      total_tokens: 330,
      session_count: 2,
      by_provider: [
        { provider: "anthropic", tokens: 220, cost_usd: 0.5 },
        { provider: "openai", tokens: 110, cost_usd: 0.5 },
      ],
      by_model: [
        { provider: "anthropic", model: "claude", tokens: 220, cost_usd: 0.5 },
        { provider: "openai", model: "gpt/mini", tokens: 110, cost_usd: 0.5 },
      ],
      by_project: [
        { project: "p1", tokens: 220, cost_usd: 0.75 },
        { project: "p2", tokens: 110, cost_usd: 0.25 },
      ],
    });
    expect((await cost("/cost/week")).total_cost_usd).toBe(1.25);
    expect((await cost("/cost?period=month")).total_cost_usd).toBe(1.5);
    expect((await cost("/cost")).total_cost_usd).toBe(1);
  });

  // I9
  it("counts from the first millisecond of a period on, and not the one before", async () => {
    const agent = await connected(stage);
    const told = [0, 6, 29].flatMap((days) => [MIDNIGHT - days * DAY_MS, MIDNIGHT - days * DAY_MS - 1]);
    const list = told.map((createdAt, index) =>
      event(index + 1, "session.message", {
        messageId: `m${index}`,
        role: "assistant",
        state: "complete",
        text: "x",
        model: "a/one",
        costMicroUsd: 10 ** index,
        createdAt,
      }),
    );
    agent.send(events(...list));
    await agent.next("ack");
    const totals = await Promise.all(
      ["today", "week", "month"].map(async (period) => (await cost(`/cost/${period}`)).total_cost_usd * 1e6),
    );
    expect(totals.map(Math.round)).toEqual([1, 111, 11_111]);
  });

  it("refuses a period that it does not know", async () => {
    expect((await stage.get("/api/v1/cost/yesterday")).status).toBe(400);
  });
});
