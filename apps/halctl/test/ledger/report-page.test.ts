import type { CostFigures, CostForecast, CostTable } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { forecastPage } from "../../src/capabilities/ledger/forecast-page.ts";
import { reportPage } from "../../src/capabilities/ledger/report-page.ts";
import { NOW } from "../support/views.ts";

const look = { wide: false, now: NOW, columns: undefined };

function figures(changes: Partial<CostFigures> = {}): CostFigures {
  return {
    cost_usd: 1.25,
    opencode_usd: 1.25,
    estimated_usd: 0,
    unpriced_tokens: 0,
    tokens: 45_231,
    input_tokens: 45_000,
    output_tokens: 200,
    reasoning_tokens: 31,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    unsplit_tokens: 0,
    ...changes,
  };
}

function report(changes: Partial<CostTable> = {}): CostTable {
  return {
    by: ["project", "model"],
    from: "2026-02-02T23:00:00.000Z",
    to: "2026-02-03T23:00:00.000Z",
    first_day: "2026-02-03",
    last_day: "2026-02-03",
    time_zone: "Europe/Berlin",
    total: figures(),
    row_count: 1,
    rows: [{ project: "web", provider: "anthropic", model: "claude", ...figures() }],
    next: null,
    note: "opencode's own figures",
    ...changes,
  };
}

describe("a report of costs", () => {
  it("has a row for each, their sum, and how it is known in one line", () => {
    expect(reportPage(report(), look)).toBe(
      [
        "2026-02-03 (Europe/Berlin)",
        "",
        "PROJECT  MODEL             TOKENS  COST",
        "web      anthropic/claude  45,231  $1.25",
        "total                      45,231  $1.25",
        "",
        "opencode's own figures",
        "",
      ].join("\n"),
    );
  });

  it("marks what is estimated, what has no price, and what is not known, and says that there is more", () => {
    const text = reportPage(
      report({
        last_day: "2026-02-04",
        rows: [
          { project: "a", model: null, ...figures({ estimated_usd: 1 }) },
          { project: null, provider: "x", model: "y", ...figures({ unpriced_tokens: 3 }) },
          { project: "c", provider: "x", model: "y", ...figures({ cost_usd: 0, unpriced_tokens: 3 }) },
        ],
        row_count: 1_234,
        next: "3",
      }),
      look,
    );
    expect(text).toContain("2026-02-03 to 2026-02-04 (Europe/Berlin)");
    expect(text).toMatch(/^a +unknown +45,231 +\$1\.25~$/m);
    expect(text).toMatch(/^unknown +x\/y +45,231 +\$1\.25\+$/m);
    expect(text).toMatch(/^c +x\/y +45,231 +no price$/m);
    expect(text).toContain("1,234 rows in all");
  });

  it("has the kinds of tokens where there is room", () => {
    const [, , head, row] = reportPage(report(), { ...look, wide: true }).split("\n");
    expect(head).toMatch(/INPUT +OUTPUT +REASONING +CACHE_READ +CACHE_WRITE +UNPRICED +ESTIMATED +TOKENS +COST/);
    expect(row).toMatch(/45,000 +200 +31 +0 +0 +0 +\$0 +45,231 +\$1\.25$/);
  });
});

describe("a forecast of costs", () => {
  const band = { from: "2026-02-03T00:00:00.000Z", to: "2026-02-04T00:00:00.000Z", spent_usd: 3 };
  const none = { low_usd: null, likely_usd: null, high_usd: null, reaches_at: null };
  const cold: CostForecast = {
    time_zone: "UTC",
    state: "cold",
    reason: "too little is known yet",
    history_days: 2,
    day: { ...band, ...none },
    month: { ...band, ...none },
  };

  it("is no number while it is cold, and says why", () => {
    const text = forecastPage(cold, look);
    expect(text).toMatch(/^today +\$3\.00 +- +- +-$/m);
    expect(text).toContain("no forecast yet: too little is known yet");
  });

  it("is a band, with when a limit is likely reached", () => {
    const known = { low_usd: 4, likely_usd: 5, high_usd: 6, reaches_at: "2026-02-03T16:40:00.000Z" };
    const text = forecastPage({ ...cold, state: "warm", reason: "from 20 days", day: { ...band, ...known } }, look);
    expect(text).toMatch(/^today +\$3\.00 +\$4\.00 +\$5\.00 +\$6\.00$/m);
    expect(text).toContain("likely reached at 2026-02-03 16:40 UTC");
    expect(text).toContain("from 20 days (UTC)");
  });
});
