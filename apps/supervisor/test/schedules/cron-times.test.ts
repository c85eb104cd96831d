import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countTimes,
  cronProblem,
  type CronRule,
  lastTime,
  nextTime,
} from "../../src/capabilities/schedules/domain/cron-times.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Europe/Dublin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Auckland",
] as const;

/** What an expression is made of. */
const LETTERS = "0 1 2 3 4 5 6 7 8 9 * / - , L W # ?".split(" ").concat(" ");

const two = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
const minutes = fc.oneof(two(0, 59), fc.constantFrom("*/15", "*/7", "0,30", "5-20"));
const hours = fc.oneof(two(0, 23), fc.constantFrom("*", "*/6", "1-4", "0,12"));
const rules: fc.Arbitrary<CronRule> = fc.record({
  cron: fc
    .tuple(
      minutes,
      hours,
      fc.constantFrom("*", "1", "15", "L"),
      fc.constantFrom("*", "3", "3,10"),
      fc.constantFrom("*", "0", "1-5"),
    )
    .map((fields) => fields.join(" ")),
  timeZone: fc.constantFrom(...ZONES),
});
/** Moments of years in which clocks are changed, those around each change among them. */
const moments = fc.oneof(
  fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) }),
  fc
    .tuple(fc.constantFrom(...changes()), fc.integer({ min: -3 * HOUR_MS, max: 3 * HOUR_MS }))
    .map(([at, by]) => at + by),
);

/** When some clock is changed, to the hour. */
function changes(): number[] {
  const found: number[] = [];
  for (const timeZone of ZONES)
    for (let at = Date.UTC(2024, 0, 1); at < Date.UTC(2027, 0, 1); at += 12 * HOUR_MS)
      if (offsetAt(timeZone, at) !== offsetAt(timeZone, at + 12 * HOUR_MS))
        for (let hour = at; hour < at + 12 * HOUR_MS; hour += HOUR_MS / 2)
          if (offsetAt(timeZone, hour) !== offsetAt(timeZone, hour + HOUR_MS / 2)) found.push(hour + HOUR_MS / 2);
  return found;
}

/** Written down a second time, without croner: what the clock on the wall says. */
function wall(timeZone: string, at: number) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const [year, month, day, hour, minute] = [of("year"), of("month"), of("day"), of("hour"), of("minute")];
  return { year, month, day, hour, minute, asUtc: Date.UTC(year, month - 1, day, hour, minute, of("second")) };
}

function offsetAt(timeZone: string, at: number): number {
  return wall(timeZone, at).asUtc - Math.floor(at / 1_000) * 1_000;
}

function isField(field: string, value: number): boolean {
  return field.split(",").some((part) => {
    const [range = "", step] = part.split("/");
    if (range === "*") return value % Number(step ?? 1) === 0;
    const [from = "", to = from] = range.split("-");
    return value >= Number(from) && value <= Number(to);
  });
}

describe("the times of five fields of cron", () => {
  it("come one behind the other, and what is asked in between gives the same ones", () => {
    fc.assert(
      fc.property(rules, moments, fc.double({ min: 0, max: 1, noNaN: true }), (rule, start, share) => {
        const times: number[] = [];
        for (let at = nextTime(rule, start); at !== undefined && times.length < 8; at = nextTime(rule, at))
          times.push(at);
        expect(times.every((at, index) => at > (times[index - 1] ?? start))).toBe(true);
        const [end = start] = times.slice(-1);
        const between = Math.floor(start + (end - start) * share);
        expect(nextTime(rule, between)).toBe(times.find((at) => at > between) ?? nextTime(rule, end));
        expect(lastTime(rule, { after: start, until: between })).toBe(times.findLast((at) => at <= between));
        expect(countTimes(rule, { after: start, until: between, most: 100 })).toBe(
          times.filter((at) => at <= between).length,
        );
      }),
      { numRuns: 400 },
    );
  });

  it("are on the minute and hour that were meant, by the clock on the wall, unless that leaps over them", () => {
    fc.assert(
      fc.property(rules, moments, (rule, start) => {
        const at = nextTime(rule, start);
        if (at === undefined) return;
        const [minute = "", hour = ""] = rule.cron.split(" ");
        const shown = wall(rule.timeZone, at);
        const leaps = [1, 2, 3].some(
          (back) => offsetAt(rule.timeZone, at - back * HOUR_MS) !== offsetAt(rule.timeZone, at),
        );
        expect(leaps || (isField(minute, shown.minute) && isField(hour, shown.hour))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("are one a day for one that is daily, whatever is done to the clocks", () => {
    fc.assert(
      fc.property(two(0, 59), two(0, 23), fc.constantFrom(...ZONES), (minute, hour, timeZone) => {
        const rule = { cron: `${minute} ${hour} * * *`, timeZone };
        const days: string[] = [];
        const end = Date.UTC(2026, 0, 1);
        for (let at = nextTime(rule, Date.UTC(2025, 0, 1)); at !== undefined && at < end; at = nextTime(rule, at)) {
          const { year, month, day } = wall(timeZone, at);
          days.push(`${year}-${month}-${day}`);
        }
        expect(new Set(days).size).toBe(days.length);
        expect(days.length).toBeGreaterThanOrEqual(364);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    [
      "a time that is leapt over comes when the clock has leapt",
      "30 2 * * *",
      "2026-03-28T12:00Z",
      ["2026-03-29T01:00Z", "2026-03-30T00:30Z"],
    ],
    [
      "a time that is there twice comes once",
      "30 2 * * *",
      "2026-10-24T12:00Z",
      ["2026-10-25T00:30Z", "2026-10-26T01:30Z"],
    ],
    [
      "what comes each hour comes in the hour that is there twice, too",
      "0 * * * *",
      "2026-10-24T23:30Z",
      ["2026-10-25T00:00Z", "2026-10-25T01:00Z", "2026-10-25T02:00Z"],
    ],
  ])("%s", (_what, cron, start, expected) => {
    const rule = { cron, timeZone: "Europe/Berlin" };
    const times: string[] = [];
    let at = Date.parse(start);
    for (const _ of expected) {
      at = nextTime(rule, at) ?? Number.NaN;
      times.push(new Date(at).toISOString().replace(":00.000", ""));
    }
    expect(times).toEqual(expected);
  });

  it.each([
    ["0 3 * * *", undefined],
    ["*/5 9-17 * * MON-FRI", undefined],
    ["0 0 29 2 *", undefined],
    ["@daily", undefined],
    ["0 3 * *", "has 4 of the five fields: minute, hour, day, month, day of the week, such as 0 3 * * 1-5"],
    ["* * * * * *", expect.stringMatching(/^has 6 of the five fields: /)],
    ["", expect.stringMatching(/^has 0 of the five fields: /)],
    ["2026-01-01T00:00:00", expect.stringMatching(/^has 1 of the five fields: /)],
    ["99 * * * *", expect.stringMatching(/^is not as cron has it \(Invalid value for minute: 99\); write /)],
    ["a b c d e", expect.stringMatching(/^is not as cron has it \(/)],
    ["@sometimes", expect.stringMatching(/^is not as cron has it \(/)],
    ["@reboot", expect.stringMatching(/^is not as cron has it \(/)],
    ["0 0 30 2 *", "names no time that ever comes"],
  ])("%j is judged", (cron, problem) => {
    expect(cronProblem(cron)).toEqual(problem);
  });

  it("are told apart from any text that is none without failing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...LETTERS) })), (text) => {
        const problem = cronProblem(text);
        const next = problem === undefined ? nextTime({ cron: text, timeZone: "UTC" }, DAY_MS) : undefined;
        expect(problem === undefined ? (next ?? 0) > DAY_MS : !/\n|undefined/.test(problem)).toBe(true);
      }),
    );
  });
});
