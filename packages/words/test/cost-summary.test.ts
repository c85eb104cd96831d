import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CostReport } from "@hal/protocol";
import { costSummary, dayRange, type DaysSpent, periodSummary, tokenCount } from "../src/index.ts";

const KNOWN = { opencode_usd: 0, estimated_usd: 0, unpriced_tokens: 0 };
const WEEK = { first_day: "2026-11-16", last_day: "2026-11-22" };
const MIXED: DaysSpent = {
  ...WEEK,
  total: { ...KNOWN, tokens: 6_612_000, cost_usd: 14.35, estimated_usd: 2.5, unpriced_tokens: 500_000 },
  models: [
    { provider: "openai", model: "gpt-5", tokens: 1_000_000, cost_usd: 2.5, estimated_usd: 2.5 },
    { provider: "anthropic", model: "claude-haiku-5", tokens: 3_012_000, cost_usd: 1.85 },
    { provider: "anthropic", model: "claude-opus-5", tokens: 2_100_000, cost_usd: 10 },
    { provider: "local", model: "qwen", tokens: 500_000, cost_usd: 0, unpriced_tokens: 500_000 },
  ],
};

describe("what some days cost, in words", () => {
  it("has a section for each provider, the dearest first, and says what is estimated and what has no price", () => {
    expect(costSummary(MIXED)).toEqual({
      title: "Costs of 16 to 22 November 2026: $14.35",
      sections: [
        {
          name: "anthropic: $11.85",
          lines: ["claude-opus-5: 2.1M tokens, $10.00", "claude-haiku-5: 3.0M tokens, $1.85"],
        },
        { name: "openai", lines: ["gpt-5: 1.0M tokens, $2.50 (estimated)"] },
        { name: "local", lines: ["qwen: 500.0K tokens, no price known"] },
      ],
      total: "6.6M tokens, $14.35 ($2.50 of it estimated, 500.0K tokens without a price)",
      average: "$2.05 a day",
      note: "$2.50 of it is estimated from tokens by cost.prices; 500,000 tokens have no price, and are in no sum: set one in cost.prices",
    });
  });

  it("says so where nothing was spent", () => {
    expect(costSummary({ ...WEEK, total: { ...KNOWN, tokens: 0, cost_usd: 0 }, models: [] })).toEqual({
      title: "Costs of 16 to 22 November 2026: nothing was spent",
      sections: [],
      total: "nothing was spent",
      average: "$0",
      note: "",
    });
  });

  it("never says that what has no price cost nothing", () => {
    const unpriced = { tokens: 900, cost_usd: 0, unpriced_tokens: 900 };
    const summary = costSummary({ ...WEEK, total: { ...KNOWN, ...unpriced }, models: [{ ...unpriced, model: null }] });
    expect(summary).toMatchObject({
      title: "Costs of 16 to 22 November 2026: no price known",
      sections: [{ name: "unknown", lines: ["unknown: 900 tokens, no price known"] }],
      total: "900 tokens, no price known",
      average: "no price known a day",
    });
  });

  it("says how much of a model is known how", () => {
    const spent = { provider: "x", model: "m", tokens: 3_000, cost_usd: 3, estimated_usd: 1, unpriced_tokens: 1_000 };
    const { sections } = costSummary({ ...WEEK, total: { ...KNOWN, ...spent }, models: [spent] });
    expect(sections).toEqual([
      { name: "x", lines: ["m: 3.0K tokens, $3.00 ($1.00 of it estimated, 1.0K tokens without a price)"] },
    ]);
  });

  it("is short however many models there are, and loses none of their cost", () => {
    const models = Array.from({ length: 300 }, (_, index) => ({
      provider: `provider-${index % 20}`,
      model: `model-${index}`,
      tokens: 10,
      cost_usd: 300 - index,
    }));
    const total = { ...KNOWN, tokens: 3_000, cost_usd: 45_150 };
    const { sections } = costSummary({ ...WEEK, total, models });
    expect(sections).toHaveLength(11);
    expect(sections.every(({ lines }) => lines.length <= 9)).toBe(true);
    expect(sections[0]?.lines.at(-1)).toBe("7 models more: 70 tokens, $560.00");
    expect(sections.at(-1)).toEqual({ name: "10 providers more", lines: ["1.5K tokens, $21825.00"] });
  });

  it("says a period in the same words, by the days of its zone, also where an older supervisor says less", () => {
    const report = {
      period: "week",
      from: "2026-11-15T23:00:00.000Z",
      to: "2026-11-22T11:30:00.000Z",
      time_zone: "Europe/Berlin",
      total_tokens: 2_100_000,
      total_cost_usd: 14,
      by_model: [{ provider: "anthropic", model: "claude", tokens: 2_100_000, cost_usd: 14 }],
    } as unknown as CostReport;
    const expected = {
      title: "Costs of 16 to 22 November 2026: $14.00",
      sections: [{ name: "anthropic", lines: ["claude: 2.1M tokens, $14.00"] }],
      average: "$2.00 a day",
    };
    expect(periodSummary(report)).toMatchObject(expected);
    const nowhere = { ...report, from: "2026-11-16T00:00:00.000Z", time_zone: "Nowhere/At_All" };
    expect(periodSummary(nowhere)).toMatchObject(expected);
  });

  it.each([
    ["2026-11-22", "2026-11-22", "22 November 2026"],
    ["2026-11-01", "2026-11-07", "1 to 7 November 2026"],
    ["2026-11-30", "2026-12-06", "30 November to 6 December 2026"],
    ["2026-12-28", "2027-01-03", "28 December 2026 to 3 January 2027"],
  ])("%s to %s is %s", (first, last, text) => {
    expect(dayRange(first, last)).toBe(text);
  });
});

describe("a count of tokens", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1.0K"],
    [45_231, "45.2K"],
    [999_949, "999.9K"],
    [999_950, "1.0M"],
    [2_100_000, "2.1M"],
    [1_250_000_000, "1.3B"],
    [9e15, "9000.0T"],
  ])("%d is %s", (count, text) => {
    expect(tokenCount(count)).toBe(text);
  });

  it("is short, and within a twentieth of what it counts", () => {
    const units = { "": 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 } as const;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_000_000_000_000 }), (count) => {
        const [, figure = "", unit = ""] = /^([\d.]{1,5})([KMBT]?)$/.exec(tokenCount(count)) ?? [];
        const value = Number(figure) * units[unit as keyof typeof units];
        expect(Math.abs(value - count)).toBeLessThanOrEqual(count / 20);
      }),
    );
  });
});
