import { afterEach, describe, expect, it, vi } from "vitest";
import { periodStart } from "../../src/capabilities/ledger/domain/cost-report.ts";

afterEach(() => void vi.unstubAllEnvs());

// I9
describe.each([
  ["UTC", 0],
  ["America/New_York", 300],
  ["Asia/Kathmandu", -345],
])("periods of cost where the clock on the wall is that of %s", (zone, behindMinutes) => {
  it.each([
    ["2026-03-08T00:00:00.000Z", "2026-03-08", "2026-03-02", "2026-02-07"],
    ["2026-03-08T11:59:59.999Z", "2026-03-08", "2026-03-02", "2026-02-07"],
    ["2026-03-08T23:59:59.999Z", "2026-03-08", "2026-03-02", "2026-02-07"],
    ["2026-03-09T00:00:00.000Z", "2026-03-09", "2026-03-03", "2026-02-08"],
    ["2028-03-01T12:00:00.000Z", "2028-03-01", "2028-02-24", "2028-02-01"],
  ])("at %s begin with %s, %s and %s", (now, today, week, month) => {
    vi.stubEnv("TZ", zone);
    expect(new Date("2026-03-08T00:00:00Z").getTimezoneOffset()).toBe(behindMinutes);
    const begins = (["today", "week", "month"] as const).map((period) =>
      new Date(periodStart(period, Date.parse(now))).toISOString(),
    );
    expect(begins).toEqual([today, week, month].map((day) => `${day}T00:00:00.000Z`));
  });
});
