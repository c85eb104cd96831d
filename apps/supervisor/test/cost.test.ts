import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CostReport } from "@hal/protocol";
import { periodStart } from "../src/domain/cost-report.ts";
import { dial, event, events, hello } from "./support/socket.ts";
import { startStage, type Stage } from "./support/start.ts";

const DAY_MS = 86_400_000;

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
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
    const agent = await dial(stage.supervisor.port);
    agent.send(hello());
    await agent.next("welcome");
    const now = Date.now();
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
    const todayStart = periodStart("today", now);
    agent.send(
      events(
        event(1, "session.message", message("a", now)),
        event(2, "session.message", message("a", now)),
        event(3, "session.message", message("b", now, { model: "openai/gpt/mini", costMicroUsd: 500_000 })),
        event(4, "session.message", message("c", todayStart - 1)),
        event(5, "session.message", message("d", todayStart - 20 * DAY_MS)),
        event(6, "session.message", message("e", todayStart - 40 * DAY_MS)),
        event(7, "session.message", message("f", now, { copied: true }), { session: "ses_fork" }),
        event(8, "session.message", message("g", now, { role: "user", tokens: undefined, costMicroUsd: 0 })),
        event(9, "session.message", message("h", now), { session: "ses_two", project: "p2" }),
      ),
    );
    await agent.next("ack");
    const today = await cost("/cost/today");
    expect(today).toMatchObject({
      from: new Date(todayStart).toISOString(),
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

  it("refuses a period that it does not know", async () => {
    expect((await stage.get("/api/v1/cost/yesterday")).status).toBe(400);
  });
});
