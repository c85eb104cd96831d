import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTimes } from "../../src/capabilities/schedules/domain/cron-times.ts";
import {
  IN_TIME_MS,
  judgeSchedule,
  MOST_COUNTED,
  type SchedulePlace,
} from "../../src/capabilities/schedules/domain/judge-schedule.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 2, 28);

const HOURLY = { cron: "0 * * * *", timeZone: "Europe/Berlin" };
const placed = (rule: { cron: string; timeZone: string }, since: number): SchedulePlace => ({
  rule: `${rule.cron} ${rule.timeZone}`,
  since,
});

describe("a look at a schedule", () => {
  it.each([
    ["run_once", "comes in time", START + HOUR + 1_000, [{ at: START + HOUR, missed: 0, begins: true }]],
    ["skip", "comes in time", START + HOUR + 1_000, [{ at: START + HOUR, missed: 0, begins: true }]],
    ["run_once", "comes before any time", START + HOUR - 1, []],
    ["run_once", "comes late", START + HOUR + IN_TIME_MS + 1, [{ at: START + HOUR, missed: 0, begins: true }]],
    ["skip", "comes late", START + HOUR + IN_TIME_MS + 1, [{ at: START + HOUR, missed: 0, begins: false }]],
    ["run_once", "comes hours late", START + 3 * HOUR + HOUR / 2, [{ at: START + 3 * HOUR, missed: 2, begins: true }]],
    ["skip", "comes hours late", START + 3 * HOUR + HOUR / 2, [{ at: START + 3 * HOUR, missed: 2, begins: false }]],
    [
      "skip",
      "comes hours late, and in time for the last one",
      START + 3 * HOUR,
      [
        { at: START + 2 * HOUR, missed: 1, begins: false },
        { at: START + 3 * HOUR, missed: 0, begins: true },
      ],
    ],
  ] as const)("that %s and %s", (missed, _how, now, due) => {
    const found = judgeSchedule({ ...HOURLY, missed }, placed(HOURLY, START), now);
    expect(found.due).toEqual(due);
    expect(judgeSchedule({ ...HOURLY, missed }, found.place, now).due).toEqual([]);
  });

  it("is the first one: nothing is due of what was before", () => {
    const found = judgeSchedule({ ...HOURLY, missed: "run_once" }, undefined, START + HOUR);
    expect(found).toEqual({ place: placed(HOURLY, START + HOUR), due: [], nextAt: START + 2 * HOUR });
  });

  it("begins anew where cron or zone is another one", () => {
    const other = { cron: "30 * * * *", timeZone: "Europe/Berlin", missed: "run_once" } as const;
    const found = judgeSchedule(other, placed(HOURLY, START), START + 5 * HOUR);
    expect(found).toEqual({ place: placed(other, START + 5 * HOUR), due: [], nextAt: START + 5.5 * HOUR });
  });

  it("counts no further than it must where very many times passed", () => {
    const each = { cron: "* * * * *", timeZone: "UTC" };
    const found = judgeSchedule({ ...each, missed: "run_once" }, placed(each, START), START + 400 * 24 * HOUR);
    expect(found.due).toEqual([{ at: START + 400 * 24 * HOUR, missed: MOST_COUNTED, begins: true }]);
  });

  it("goes on where the clock stood wrong far ahead and is right again", () => {
    const ahead = placed(HOURLY, START + 1_000 * HOUR);
    const found = judgeSchedule({ ...HOURLY, missed: "run_once" }, ahead, START + 1);
    expect(found).toEqual({ place: placed(HOURLY, START + 1), due: [], nextAt: START + HOUR });
  });

  const rules = fc.record({
    cron: fc.constantFrom("0 * * * *", "*/20 * * * *", "30 2 * * *", "0 3 * * 1-5", "15 1,2,3 * * *"),
    timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
    missed: fc.constantFrom("run_once" as const, "skip" as const),
  });
  const starts = fc.constantFrom(START, Date.UTC(2026, 9, 24), Date.UTC(2026, 2, 7, 12), Date.UTC(2026, 3, 4));
  const steps = fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 5 * MINUTE }),
      fc.integer({ min: 1, max: 2 * HOUR }),
      fc.integer({ min: 1, max: 26 * HOUR }),
    ),
    { minLength: 1, maxLength: 30 },
  );

  it("accounts for each time that comes once, whenever it is looked and whatever was restarted in between", () => {
    fc.assert(
      fc.property(rules, starts, steps, (rule, start, waits) => {
        let place: SchedulePlace | undefined = judgeSchedule(rule, undefined, start).place;
        let now = start;
        const seen: number[] = [];
        let accounted = 0;
        for (const wait of waits) {
          now += wait;
          const before = place;
          const found = judgeSchedule(rule, place, now);
          place = found.place;
          expect(found.nextAt).toBeGreaterThan(now);
          for (const { at, missed, begins } of found.due) {
            seen.push(at);
            accounted += 1 + missed;
            expect(at > before.since && at <= now).toBe(true);
            expect(begins).toBe(rule.missed === "run_once" || now - at <= IN_TIME_MS);
          }
          expect(found.due.filter(({ begins }) => begins).length).toBeLessThanOrEqual(1);
        }
        expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => one - other));
        expect(accounted).toBe(countTimes(rule, { after: start, until: now, most: 10_000 }));
      }),
      { numRuns: 200 },
    );
  });
});
