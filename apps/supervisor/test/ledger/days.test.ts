import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dayAt,
  dayOfText,
  dayText,
  firstOfMonth,
  firstOfNextMonth,
  isTimeZone,
  mondayOf,
  startOfDay,
} from "../../src/domain/days.ts";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;

const zones = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Havana",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
  "Africa/Casablanca",
);
// from 2006 to 2033
const times = fc.integer({ min: 1_136_073_600_000, max: 1_990_000_000_000 });

/** What the clock on the wall shows, by another way than that of the code. */
function dateOnTheWall(timeZone: string, at: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(at);
}

// I9
describe("days of a zone", () => {
  it("follow each other without a hole: each moment is in one, of the name that the clock on the wall shows", () => {
    fc.assert(
      fc.property(zones, times, (zone, at) => {
        const day = dayAt(zone, at);
        const [begin, end] = [startOfDay(zone, day), startOfDay(zone, day + 1)];
        expect(begin).toBeLessThanOrEqual(at);
        expect(at).toBeLessThan(end);
        expect(dayText(day)).toBe(dateOnTheWall(zone, at));
      }),
      { numRuns: 500 },
    );
  });

  it("begin at a quarter of an hour, and have 23 to 25 hours, or none where a zone left one out", () => {
    fc.assert(
      fc.property(zones, times, (zone, at) => {
        const day = dayAt(zone, at);
        const begin = startOfDay(zone, day);
        const length = startOfDay(zone, day + 1) - begin;
        expect(begin % QUARTER).toBe(0);
        expect(length === 0 || (length >= 23 * HOUR && length <= 25 * HOUR)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25],
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 24.5],
    ["Asia/Kathmandu", "2026-04-05", "2026-04-04T18:15Z", 24],
    // clocks there go forward at midnight
    ["America/Havana", "2026-03-08", "2026-03-08T05:00Z", 23],
    // the zone crossed the date line, and had no such day
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0],
  ])("in %s: %s begins at %s and has %d hours", (zone, text, begin, hours) => {
    const day = dayOfText(text) ?? Number.NaN;
    expect(new Date(startOfDay(zone, day))).toEqual(new Date(begin));
    expect((startOfDay(zone, day + 1) - startOfDay(zone, day)) / HOUR).toBe(hours);
  });

  it("are written so that they can be read, and what is none is refused", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000 }), (day) => {
        expect(dayOfText(dayText(day))).toBe(day);
        expect(dayText(firstOfMonth(day))).toBe(`${dayText(day).slice(0, 8)}01`);
        expect(firstOfMonth(firstOfNextMonth(day) - 1)).toBe(firstOfMonth(day));
        expect(new Date(mondayOf(day) * 24 * HOUR).getUTCDay()).toBe(1);
        expect(day - mondayOf(day)).toBeLessThan(7);
        expect(mondayOf(day)).toBeLessThanOrEqual(day);
      }),
    );
    for (const text of ["2026-02-30", "2026-2-3", "1969-12-31", "today", "", "2026-01-01T00:00"])
      expect(dayOfText(text)).toBeUndefined();
  });
});

it("knows zones by their names", () => {
  expect(["Europe/Berlin", "UTC", "Mars/Base", ""].map(isTimeZone)).toEqual([true, true, false, false]);
});
