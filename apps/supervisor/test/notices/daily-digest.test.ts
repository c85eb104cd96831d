import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dailySince, dayIn, dueDay } from "../../src/capabilities/notices/domain/daily-digest.ts";

const at = (text: string): number => Date.parse(text);
const BERLIN = { at: "08:00", timeZone: "Europe/Berlin" };
const HOUR = 3_600_000;

describe("the digest of a day", () => {
  it.each([
    ["before its time", "2026-02-03T06:59:59Z", undefined],
    ["at its time", "2026-02-03T07:00:00Z", { day: "2026-02-03", at: "2026-02-03T07:00:00Z" }],
    ["late in the day", "2026-02-03T22:59:59Z", { day: "2026-02-03", at: "2026-02-03T07:00:00Z" }],
    ["on the next day before its time, whoever was away meanwhile", "2026-02-03T23:00:00Z", undefined],
    ["in summer", "2026-07-01T06:00:00Z", { day: "2026-07-01", at: "2026-07-01T06:00:00Z" }],
  ])("is due or not: %s", (_when, now, due) => {
    expect(dueDay(BERLIN, at(now))).toEqual(due === undefined ? undefined : { ...due, at: at(due.at) });
  });

  it("comes on the day on which its hour does not, and once on the day on which it comes twice", () => {
    const night = { ...BERLIN, at: "02:30" };
    expect(dueDay(night, at("2026-03-29T12:00:00Z"))?.day).toBe("2026-03-29");
    const hours = Array.from({ length: 24 }, (_, hour) => dueDay(night, at("2026-10-24T22:00:00Z") + hour * HOUR)?.day);
    expect(new Set(hours)).toEqual(new Set([undefined, "2026-10-25"]));
  });

  it("is of the day of its zone at any moment, at a time that has come, on each day of a year", () => {
    const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC");
    const time = fc.constantFrom("00:00", "02:00", "02:30", "08:00", "23:45");
    fc.assert(
      fc.property(zone, time, fc.integer({ min: at("2026-01-01"), max: at("2027-01-01") }), (timeZone, hour, now) => {
        const rule = { at: hour, timeZone };
        const due = dueDay(rule, now);
        expect(due === undefined || (due.at <= now && due.day === dayIn(timeZone, now))).toBe(true);
        // within a day and a changed clock there is one
        const later = Array.from({ length: 104 }, (_, quarter) => dueDay(rule, now + (quarter * HOUR) / 4));
        expect(later.some((one) => one !== undefined)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("looks back to the one before it, a day at first, and a week at most", () => {
    const now = at("2026-02-03T07:00:00Z");
    expect(dailySince(undefined, now)).toBe(now - 24 * HOUR);
    expect(dailySince(now - 25 * HOUR, now)).toBe(now - 25 * HOUR);
    expect(dailySince(now - 30 * 24 * HOUR, now)).toBe(now - 7 * 24 * HOUR);
    expect(dailySince(now + HOUR, now)).toBe(now - 24 * HOUR);
  });
});
