import { EVENT_TYPES } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedEvents, eventDetail, noticeText } from "../src/index.ts";

const ABOUT = { project: "web", node: "tokyo" };
const STANDING = { budgetId: "b1", budget: "the fleet: $50.00 a day", limitMicroUsd: 50_000_000 };

describe("what happens to money", () => {
  it.each<[string, object, string]>([
    [
      "budget.warned",
      { ...STANDING, spentMicroUsd: 40_000_000, share: 0.8 },
      "a budget is nearly spent: the fleet: $50.00 a day; $40.00 of $50.00 spent (80 %)",
    ],
    [
      "budget.reached",
      { ...STANDING, spentMicroUsd: 50_010_000, action: "refuse" },
      "a budget is spent: the fleet: $50.00 a day; $50.01 of $50.00 spent; nothing begins there any more",
    ],
    [
      "budget.reached",
      { ...STANDING, spentMicroUsd: 50_010_000, action: "of tomorrow" },
      "a budget is spent: the fleet: $50.00 a day; $50.01 of $50.00 spent",
    ],
    [
      "budget.reopened",
      { ...STANDING, spentMicroUsd: 0, reason: "another day has begun" },
      "a budget has money again: the fleet: $50.00 a day; another day has begun",
    ],
    [
      "budget.stopped",
      { ...STANDING, reason: "$50.01 is spent" },
      "web on tokyo has spent all that it may: the fleet: $50.00 a day; its turn was stopped; $50.01 is spent",
    ],
    [
      "budget.stopped",
      { ...STANDING, reason: "$50.01 is spent", critical: true },
      "web on tokyo has spent all that it may: the fleet: $50.00 a day; it goes on, since its project is critical; $50.01 is spent",
    ],
    [
      "budget.changed",
      { ...STANDING, what: "raised", by: "ann", reason: "the\nrelease" },
      "a budget was changed: the fleet: $50.00 a day; raised to $50.00 by ann; the release",
    ],
    [
      "budget.changed",
      { ...STANDING, what: "removed", by: "ann", reason: "over" },
      "a budget was changed: the fleet: $50.00 a day; removed by ann; over",
    ],
    [
      "cost.provider_failing",
      { provider: "anthropic", reason: "it answers 401", code: "denied" },
      "a provider does not say what is to be paid: anthropic; it answers 401",
    ],
    ["cost.provider_working", { provider: "anthropic" }, "a provider says again what is to be paid: anthropic"],
    [
      "cost.drifted",
      {
        provider: "openai",
        day: "2026-11-27",
        ledgerMicroUsd: 11_000_000,
        billedMicroUsd: 12_500_000,
        reason: "what else uses that account",
      },
      "a bill is another sum than the ledger's: openai bills $12.50 for 2026-11-27 (UTC); the ledger has $11.00; what else uses that account",
    ],
    ["cost.reported", { from: 0, to: 1, title: "16 to 22 November 2026" }, "a week's costs: 16 to 22 November 2026"],
  ])("%s %j", (type, data, text) => {
    expect(noticeText({ type, data }, ABOUT)).toBe(text);
  });

  const types = EVENT_TYPES.filter((type) => /^(budget|cost)\./.test(type));

  it("has words for each of its events, also for many of them", () => {
    for (const type of types) {
      expect(noticeText({ type, data: {} }, ABOUT)).not.toContain(type);
      expect(countedEvents({ type, things: 2, times: 2 })).not.toContain(type);
    }
  });

  it("is one line within its bound, whatever the data", () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.anything(), (type, data) => {
        const detail = eventDetail({ type, data }, 40);
        expect(detail.length).toBeLessThanOrEqual(80);
        expect(detail).not.toMatch(/[\n\r]/);
      }),
    );
  });
});
