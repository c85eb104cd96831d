import type { EventEnvelope } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  billedIn,
  billLinesIn,
  type BilledDay,
  billPollsByProvider,
  type BillLine,
  eventsAfter,
  ledgerByProviderDay,
  type PollEnd,
  rawBill,
  readBillDays,
  recordPoll,
  tellDrifts,
} from "../../../src/supervisor/index.ts";
import { LogStage } from "../../support/log-stage.ts";

const DAY_MS = 86_400_000;
const LINE: BillLine = {
  model: "m",
  item: "output_tokens",
  tier: "standard",
  account: "",
  costNanoUsd: 5,
  inputTokens: 0,
  outputTokens: 1,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  requests: 1,
};

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const poll = (end: Partial<PollEnd>) =>
  recordPoll(stage.store, { provider: "anthropic", at: 1, reports: [], raws: {}, ...end });
const told = (days: readonly BilledDay[], at = 1, provider = "anthropic") =>
  poll({ at, provider, reports: [{ report: "cost", days }] });
const failed = (at: number, notBefore?: number) =>
  poll({ at, problem: { code: "unavailable", reason: "it failed (500)", notBefore } });
const types = async (): Promise<string[]> =>
  (await eventsAfter(stage.store, 0, 100)).map(({ type }) => type).filter((type) => type.startsWith("cost."));

describe("what providers bill", () => {
  it("takes the place of itself where a day is told again, and of nothing else", async () => {
    await told([
      { day: 10, lines: [LINE, { ...LINE, item: "input", costNanoUsd: 7 }], raw: "a" },
      { day: 11, lines: [LINE], raw: "b" },
    ]);
    await told([{ day: 10, lines: [LINE] }], 2, "openai");
    await told([{ day: 10, lines: [{ ...LINE, costNanoUsd: 9 }], raw: "c" }], 3);
    const sums = ["anthropic", "openai"].map((provider) => billedIn(stage.store, provider, { from: 10, to: 11 }));
    expect(sums).toEqual([14, 5]);
    expect(rawBill(stage.store, { provider: "anthropic", report: "cost", day: 10 })).toBe("c");
    const days = readBillDays(stage.store, { from: 0, to: 99 });
    expect(days.map(({ provider, day, readAt }) => [provider, day, readAt])).toEqual([
      ["anthropic", 10, 3],
      ["anthropic", 11, 1],
      ["openai", 10, 2],
    ]);
  });

  it("stays where its provider fails, which is told once, and so is its end", async () => {
    await told([{ day: 10, lines: [LINE] }]);
    await failed(2, 77);
    await failed(3);
    expect(billPollsByProvider(stage.store).get("anthropic")).toMatchObject({
      state: "failing",
      since: 2,
      triedAt: 3,
      toldAt: 1,
      failures: 2,
      notBefore: null,
    });
    expect(billLinesIn(stage.store, { from: 0, to: 99 })).toHaveLength(1);
    expect(await types()).toEqual(["cost.provider_failing"]);
    await told([], 4);
    await told([], 5);
    expect(await types()).toEqual(["cost.provider_failing", "cost.provider_working"]);
    expect(billPollsByProvider(stage.store).get("anthropic")).toMatchObject({
      state: "working",
      since: 4,
      failures: 0,
    });
  });

  it("is kept as it came for a hundred days", async () => {
    await told([{ day: 10, lines: [], raw: "old" }], 10 * DAY_MS);
    await told([{ day: 111, lines: [], raw: "new" }], 111 * DAY_MS);
    const raws = [10, 111].map((day) => rawBill(stage.store, { provider: "anthropic", report: "cost", day }));
    expect(raws).toEqual([undefined, "new"]);
  });

  it("is said to drift once for each day, also where the day is told again", async () => {
    await told([{ day: 10, lines: [LINE] }]);
    const data = { provider: "anthropic", day: "1970-01-11", ledgerMicroUsd: 1, billedMicroUsd: 2, reason: "x" };
    const drift = { day: 10, event: { type: "cost.drifted", at: 1, data } as const };
    expect(await tellDrifts(stage.store, [drift], 1)).toHaveLength(1);
    await told([{ day: 10, lines: [LINE] }], 2);
    expect(await tellDrifts(stage.store, [drift, { ...drift, day: 11 }], 2)).toEqual([]);
    expect(await types()).toEqual(["cost.drifted"]);
  });
});

describe("the ledger by provider and day", () => {
  it("has each day of UTC, with models that have slashes", async () => {
    const message = (id: string, model: string, day: number): Omit<EventEnvelope, "seq" | "at"> => ({
      type: "session.message",
      project: "p",
      session: "ses_a",
      data: {
        messageId: id,
        role: "assistant",
        state: "complete",
        text: "x",
        model,
        costMicroUsd: 3,
        tokens: { input: 10, output: 1, reasoning: 2, cacheRead: 3, cacheWrite: 4 },
        createdAt: day * DAY_MS + 5,
      },
    });
    await stage.tell(
      1,
      message("a", "anthropic/claude", 10),
      message("b", "anthropic/claude", 10),
      message("c", "openrouter/openai/gpt", 11),
      message("d", "anthropic/claude", 12),
    );
    expect(ledgerByProviderDay(stage.store, { from: 10, to: 11 })).toEqual([
      {
        provider: "anthropic",
        day: 10,
        model: "claude",
        costNanoUsd: 6_000,
        tokens: 40,
        estimatedNanoUsd: 0,
        unpricedTokens: 0,
      },
      {
        provider: "openrouter",
        day: 11,
        model: "openai/gpt",
        costNanoUsd: 3_000,
        tokens: 20,
        estimatedNanoUsd: 0,
        unpricedTokens: 0,
      },
    ]);
  });
});
