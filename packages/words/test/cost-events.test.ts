import { EVENT_TYPES } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedEvents, eventDetail, noticeText } from "../src/index.ts";

const ABOUT = { project: "web", node: "tokyo" };

describe("what happens to costs", () => {
  it.each<[string, object, string]>([
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

  const types = EVENT_TYPES.filter((type) => type.startsWith("cost."));

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
