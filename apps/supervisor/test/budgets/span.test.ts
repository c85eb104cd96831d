import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Span, spanAt } from "../../src/capabilities/budgets/domain/span.ts";

const at = (text: string): number => Date.parse(text);
const said = ({ from, to }: Span) => [new Date(from).toISOString(), to === undefined ? "" : new Date(to).toISOString()];

describe("a span", () => {
  it.each([
    ["day", "UTC", "2026-11-28T21:00:00Z", "2026-11-28T00:00:00.000Z", "2026-11-29T00:00:00.000Z"],
    ["day", "Europe/Berlin", "2026-11-28T23:30:00Z", "2026-11-28T23:00:00.000Z", "2026-11-29T23:00:00.000Z"],
    // clocks are put forward, and back: 23 and 25 hours
    ["day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"],
    ["day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
    ["day", "Asia/Kathmandu", "2026-11-28T20:00:00Z", "2026-11-28T18:15:00.000Z", "2026-11-29T18:15:00.000Z"],
    // there is no midnight on that day: clocks go from 24:00 to 1:00
    ["day", "Asia/Beirut", "2026-03-29T10:00:00Z", "2026-03-28T22:00:00.000Z", "2026-03-29T21:00:00.000Z"],
    ["week", "UTC", "2026-11-29T12:00:00Z", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"],
    ["week", "UTC", "2026-11-30T00:00:00Z", "2026-11-30T00:00:00.000Z", "2026-12-07T00:00:00.000Z"],
    ["week", "America/New_York", "2026-11-01T20:00:00Z", "2026-10-26T04:00:00.000Z", "2026-11-02T05:00:00.000Z"],
    ["month", "UTC", "2024-02-29T23:59:59Z", "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["month", "Pacific/Auckland", "2026-12-31T12:00:00Z", "2026-12-31T11:00:00.000Z", "2027-01-31T11:00:00.000Z"],
  ] as const)("of a %s in %s at %s", (period, zone, now, from, to) => {
    expect(said(spanAt(period, zone, at(now)))).toEqual([from, to]);
  });

  it("of all time begins with it and has no end", () => {
    expect(spanAt("total", "UTC", at("2026-11-28T21:00:00Z"))).toEqual({ from: 0, to: undefined });
  });

  it("has the moment in it, and the next one begins where it ends", () => {
    const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Beirut"];
    fc.assert(
      fc.property(
        fc.constantFrom("day" as const, "week" as const, "month" as const),
        fc.constantFrom(...zones),
        fc.integer({ min: at("2015-01-01T00:00:00Z"), max: at("2035-01-01T00:00:00Z") }),
        (period, zone, now) => {
          const { from, to = 0 } = spanAt(period, zone, now);
          expect(from).toBeLessThanOrEqual(now);
          expect(to).toBeGreaterThan(now);
          expect(spanAt(period, zone, to).from).toBe(to);
          expect(spanAt(period, zone, to - 1).from).toBe(from);
        },
      ),
      { numRuns: 300 },
    );
  });
});
