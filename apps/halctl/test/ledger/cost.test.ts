import { type CostReport, usd } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { costPage } from "../../src/capabilities/ledger/cost-page.ts";
import { NOW } from "../support/views.ts";

const look = { wide: false, now: NOW, columns: undefined };

function report(changes: Partial<CostReport> = {}): CostReport {
  return {
    period: "today",
    from: "2026-02-03T00:00:00.000Z",
    to: "2026-02-03T12:00:00.000Z",
    time_zone: "UTC",
    total_tokens: 0,
    total_cost_usd: 0,
    by_provider: [],
    by_model: [],
    by_project: [],
    by_node: [],
    by_actor: [],
    providers: [],
    degraded_providers: [],
    bills: [],
    note: "no cost provider is configured: the reason",
    session_count: 0,
    total_cost: 0,
    tokens_used: 0,
    ...changes,
  };
}

describe("cost", () => {
  it("is zero where nothing was spent, and says that no provider is configured", () => {
    expect(costPage(report(), look)).toBe(
      [
        "today, since 2026-02-03 (UTC), 0 sessions",
        "",
        "PROVIDER  MODEL  TOKENS  COST",
        "total            0       $0",
        "",
        "no cost provider is configured: the reason",
        "",
      ].join("\n"),
    );
  });

  it("has a row for each model and each project, and names a provider that does not answer", () => {
    const spent = { tokens: 45_231, cost_usd: usd(1_250_000) };
    const text = costPage(
      report({
        period: "week",
        total_tokens: 45_231,
        total_cost_usd: 1.25,
        by_model: [{ provider: "anthropic", model: "claude", ...spent }],
        by_project: [{ project: "engine", ...spent }],
        degraded_providers: ["openai"],
        session_count: 1,
      }),
      look,
    );
    expect(text).toContain("the last 7 days, since 2026-02-03 (UTC), 1 session\n");
    expect(text).toMatch(/^anthropic +claude +45,231 +\$1\.25$/m);
    expect(text).toMatch(/^total +45,231 +\$1\.25$/m);
    expect(text).toMatch(/^engine +45,231 +\$1\.25$/m);
    expect(text).toContain("openai does not answer");
  });
});
