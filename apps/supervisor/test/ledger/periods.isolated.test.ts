import { afterEach, describe, expect, it, vi } from "vitest";
import { daysOf, spanOf } from "../../src/capabilities/ledger/domain/cost-days.ts";

afterEach(() => void vi.unstubAllEnvs());

const begins = (timeZone: string, now: string): string[] =>
  (["today", "week", "month"] as const).map((period) =>
    new Date(spanOf(daysOf(period, { timeZone, now: Date.parse(now) })).from).toISOString(),
  );

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
  ])("at %s begin with %s, %s and %s of UTC, where nothing else is configured", (now, today, week, month) => {
    vi.stubEnv("TZ", zone);
    expect(new Date("2026-03-08T00:00:00Z").getTimezoneOffset()).toBe(behindMinutes);
    expect(begins("UTC", now)).toEqual([today, week, month].map((day) => `${day}T00:00:00.000Z`));
  });
});

// I9
it.each([
  // clocks went forward on the 8th at 2:00
  ["America/New_York", "2026-03-08T04:59:59Z", ["2026-03-07T05:00", "2026-03-01T05:00", "2026-02-06T05:00"]],
  ["America/New_York", "2026-03-09T03:59:59Z", ["2026-03-08T05:00", "2026-03-02T05:00", "2026-02-07T05:00"]],
  ["America/New_York", "2026-03-09T04:00:00Z", ["2026-03-09T04:00", "2026-03-03T05:00", "2026-02-08T05:00"]],
  // they go back on the 25th at 3:00
  ["Europe/Berlin", "2026-10-25T22:59:59Z", ["2026-10-24T22:00", "2026-10-18T22:00", "2026-09-25T22:00"]],
  ["Europe/Berlin", "2026-10-25T23:00:00Z", ["2026-10-25T23:00", "2026-10-19T22:00", "2026-09-26T22:00"]],
  ["Asia/Kathmandu", "2026-03-08T18:14:59Z", ["2026-03-07T18:15", "2026-03-01T18:15", "2026-02-06T18:15"]],
  ["Australia/Lord_Howe", "2026-07-01T12:00:00Z", ["2026-06-30T13:30", "2026-06-24T13:30", "2026-06-01T13:30"]],
])("periods of %s at %s begin by its own clock", (zone, now, expected) => {
  expect(begins(zone, now)).toEqual(expected.map((time) => `${time}:00.000Z`));
});
