import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueWeek, type WeeklyRule } from "../../src/capabilities/notices/domain/due-week.ts";

const at = (text: string): number => Date.parse(text);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const BERLIN: WeeklyRule = { day: "monday", at: "08:00", timeZone: "Europe/Berlin", keptDays: 90 };
const day = (text: string): number => at(text) / DAY;

describe("the week whose costs are told", () => {
  const winter = { firstDay: day("2026-11-16"), from: at("2026-11-15T23:00:00Z"), to: at("2026-11-22T23:00:00Z") };
  it.each<[string, WeeklyRule, string, object | undefined]>([
    ["before its time", BERLIN, "2026-11-23T06:59:59Z", undefined],
    ["at its time", BERLIN, "2026-11-23T07:00:00Z", { ...winter, lastDay: day("2026-11-22") }],
    ["to whoever was away for two days", BERLIN, "2026-11-25T06:59:59Z", winter],
    ["no more to whoever was away for longer", BERLIN, "2026-11-25T07:00:00Z", undefined],
    ["no later than what was told is known", { ...BERLIN, keptDays: 0.5 }, "2026-11-23T19:00:00Z", undefined],
    ["as long as it can be where all is kept", { ...BERLIN, keptDays: 0 }, "2026-11-25T06:59:59Z", winter],
    [
      "in the week in which clocks go back, which is longer",
      BERLIN,
      "2026-10-26T07:00:00Z",
      { from: at("2026-10-18T22:00:00Z"), to: at("2026-10-25T23:00:00Z") },
    ],
    [
      "on another day: of the seven days before that",
      { ...BERLIN, day: "friday", at: "00:00", timeZone: "UTC" },
      "2026-11-27T00:00:00Z",
      { firstDay: day("2026-11-20"), lastDay: day("2026-11-26"), to: at("2026-11-27T00:00:00Z") },
    ],
    [
      "at a time that its clock leaps over, once it has",
      { ...BERLIN, day: "sunday", at: "02:30" },
      "2026-03-29T01:30:00Z",
      { firstDay: day("2026-03-22"), lastDay: day("2026-03-28") },
    ],
  ])("is due or not: %s", (_when, rule, now, due) => {
    expect({ due: dueWeek(rule, at(now)) }).toMatchObject({ due });
  });

  const rules: fc.Arbitrary<WeeklyRule> = fc.record({
    day: fc.constantFrom("monday", "thursday", "saturday", "sunday"),
    at: fc.constantFrom("00:00", "02:30", "08:00", "23:45"),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
    keptDays: fc.constantFrom(0, 90),
  });
  const times = fc.integer({ min: at("2026-01-01"), max: at("2027-01-01") });

  it("is over, has seven days, and ends on the day before the one that is wanted", () => {
    const names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    fc.assert(
      fc.property(rules, times, (rule, now) => {
        const due = dueWeek(rule, now);
        fc.pre(due !== undefined);
        expect(due.to).toBeLessThanOrEqual(now);
        expect(due.lastDay - due.firstDay).toBe(6);
        expect(Math.abs(due.to - due.from - 7 * DAY)).toBeLessThanOrEqual(HOUR);
        expect(names[new Date((due.lastDay + 1) * DAY).getUTCDay()]).toBe(rule.day);
      }),
      { numRuns: 100 },
    );
  });

  it("is each week once, with none left out, for whoever looks at least every two days", () => {
    fc.assert(
      fc.property(
        rules,
        times,
        fc.array(fc.integer({ min: 1, max: 47 }), { minLength: 40, maxLength: 40 }),
        (rule, begin, hours) => {
          const seen: number[] = [];
          let now = begin;
          for (const hour of hours) {
            now += hour * HOUR;
            const due = dueWeek(rule, now);
            if (due !== undefined && due.firstDay !== seen.at(-1)) seen.push(due.firstDay);
          }
          expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + 7 * index));
          expect(seen.length).toBeGreaterThanOrEqual(Math.floor((now - begin) / (7 * DAY)) - 1);
        },
      ),
      { numRuns: 50 },
    );
  });
});
