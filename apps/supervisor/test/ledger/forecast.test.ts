import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Course, forecast, type ForecastFacts, reaches } from "../../src/capabilities/ledger/domain/forecast.ts";

const HOUR = 3_600_000;
const QUARTER = HOUR / 4;

const courses: fc.Arbitrary<Course> = fc
  .uniqueArray(fc.nat(95), { maxLength: 6 })
  .chain((quarters) =>
    fc
      .tuple(...quarters.map(() => fc.integer({ min: 1, max: 1_000_000 })))
      .map((costs) =>
        quarters
          .toSorted((a, b) => a - b)
          .map((quarter, index) => ({ sinceMs: quarter * QUARTER, costNanoUsd: costs[index] ?? 1 })),
      ),
  );

const facts: fc.Arbitrary<ForecastFacts> = fc
  .record({
    history: fc.array(courses, { maxLength: 28 }),
    elapsedMs: fc.integer({ min: 0, max: 24 * HOUR }),
    spentToday: fc.nat(1_000_000),
    before: fc.nat(10_000_000),
    daysLeft: fc.nat(30),
  })
  .map(({ before, ...rest }) => ({ ...rest, spentInSpan: rest.spentToday + before }));

const days = (count: number, course: Course): Course[] => Array.from({ length: count }, () => course);
const AT_NOON: Course = [{ sinceMs: 12 * HOUR, costNanoUsd: 100 }];

describe("a forecast", () => {
  it("is never below what is spent already, and its likely figure lies in its band", () => {
    fc.assert(
      fc.property(facts, (known) => {
        const made = forecast(known);
        if (made.kind === "cold") return;
        for (const [band, spent] of [
          [made.today, known.spentToday],
          [made.span, known.spentInSpan],
        ] as const) {
          expect(band.low).toBeGreaterThanOrEqual(spent);
          expect(band.likely).toBeGreaterThanOrEqual(band.low);
          expect(band.high).toBeGreaterThanOrEqual(band.likely);
        }
        expect(made.span.likely - known.spentInSpan).toBeGreaterThanOrEqual(made.today.likely - known.spentToday - 1);
      }),
      { numRuns: 500 },
    );
  });

  it("rises by exactly what is spent more, and never for time that goes by with nothing spent", () => {
    fc.assert(
      fc.property(facts, fc.nat(1_000), fc.nat(12 * HOUR), (known, more, later) => {
        const made = forecast(known);
        const dearer = { spentToday: known.spentToday + more, spentInSpan: known.spentInSpan + more };
        const then = forecast({ ...known, ...dearer });
        const afterwards = forecast({ ...known, elapsedMs: known.elapsedMs + later });
        expect([then.kind, afterwards.kind]).toEqual([made.kind, made.kind]);
        if (made.kind === "cold" || then.kind === "cold" || afterwards.kind === "cold") return;
        expect(then.today.likely).toBe(made.today.likely + more);
        expect(then.span.high).toBe(made.span.high + more);
        for (const part of ["low", "likely", "high"] as const)
          expect(afterwards.today[part]).toBeLessThanOrEqual(made.today[part]);
      }),
      { numRuns: 500 },
    );
  });

  it("is no number where something was spent on fewer than seven days, and says so", () => {
    fc.assert(
      fc.property(facts, (known) => {
        const count = known.history.filter(({ length }) => length > 0).length;
        const made = forecast(known);
        expect(made.kind).toBe(count < 7 ? "cold" : "warm");
        expect(made.days).toBe(count);
        const numbers = Object.values(made).filter((value) => typeof value === "number");
        expect(numbers).toEqual([count]);
        expect("today" in made || "span" in made).toBe(count >= 7);
      }),
    );
    const known = { history: days(6, AT_NOON), elapsedMs: 0, spentToday: 0, spentInSpan: 0, daysLeft: 3 };
    expect(forecast(known)).toEqual({
      kind: "cold",
      days: 6,
      reason:
        "too little is known yet: there are 6 days in which something was spent among the last 28, and a forecast needs 7",
    });
  });

  it("counts days without anything, and spreads as they differ", () => {
    const history = [...days(7, AT_NOON), ...days(7, [])];
    const known = { history, elapsedMs: 0, spentToday: 0, spentInSpan: 0, daysLeft: 0 };
    expect(forecast(known)).toMatchObject({ kind: "warm", today: { low: 0, likely: 50, high: 100 } });
  });
});

describe("when a limit is reached", () => {
  const known = { history: days(7, AT_NOON), elapsedMs: 10 * HOUR, spentToday: 20, spentInSpan: 20, daysLeft: 5 };

  it.each([
    [20, { day: 0, sinceMs: 10 * HOUR }],
    [21, { day: 0, sinceMs: 12 * HOUR + QUARTER }],
    [120, { day: 0, sinceMs: 12 * HOUR + QUARTER }],
    [121, { day: 1, sinceMs: 12 * HOUR + QUARTER }],
    [620, { day: 5, sinceMs: 12 * HOUR + QUARTER }],
    [621, undefined],
  ])("%d", (limit, expected) => expect(reaches(limit, known)).toEqual(expected));

  it("is the later the higher it is, never before now, and not said while the forecast is cold", () => {
    fc.assert(
      fc.property(facts, fc.nat(2_000_000), fc.nat(2_000_000), (some, limit, more) => {
        const place = (at: ReturnType<typeof reaches>): number =>
          at === undefined ? Number.POSITIVE_INFINITY : at.day * 25 * HOUR + at.sinceMs;
        const [one, other] = [reaches(limit, some), reaches(limit + more, some)];
        expect(place(one)).toBeLessThanOrEqual(place(other));
        expect(place(one)).toBeGreaterThanOrEqual(some.elapsedMs);
        const isOver = limit <= some.spentInSpan;
        expect(one === undefined || isOver || forecast(some).kind === "warm").toBe(true);
        expect(!isOver || place(one) === some.elapsedMs).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
