import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { daysToAsk } from "../../src/capabilities/bills/domain/days-to-ask.ts";
import { nextPollAt } from "../../src/capabilities/bills/domain/poll-times.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const TODAY = 20_000;
const NOW = TODAY * DAY_MS + 12 * 3_600_000;

describe("the days that a provider is asked for", () => {
  it("are the 31 before today where none was read", () => {
    expect(daysToAsk(NOW, new Map())).toEqual({ from: TODAY - 31, to: TODAY });
  });

  it("are the last three where all before them have settled", () => {
    const readAt = new Map(Array.from({ length: 32 }, (_, back) => [TODAY - back, NOW - MINUTE_MS] as const));
    expect(daysToAsk(NOW, readAt)).toEqual({ from: TODAY - 3, to: TODAY });
  });

  it("begin with the first that was read last before it settled", () => {
    // the supervisor was away for ten days
    const away = NOW - 10 * DAY_MS;
    const readAt = new Map(Array.from({ length: 32 }, (_, back) => [TODAY - back, away] as const));
    expect(daysToAsk(NOW, readAt).from).toBe(TODAY - 13);
  });

  it("have today and the last three, and every one that was not read since it settled", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.integer({ min: 0, max: 40 }).map(String), fc.integer({ min: 0, max: 45 })),
        (read) => {
          const readAt = new Map(Object.entries(read).map(([back, ago]) => [TODAY - Number(back), NOW - ago * DAY_MS]));
          const { from, to } = daysToAsk(NOW, readAt);
          expect([to, from <= TODAY - 3, from >= TODAY - 31]).toEqual([TODAY, true, true]);
          for (let day = TODAY - 31; day < from; day += 1)
            expect(readAt.get(day)).toBeGreaterThanOrEqual((day + 4) * DAY_MS);
        },
      ),
    );
  });
});

describe("when a provider is asked again", () => {
  const tried = { triedAt: NOW, code: null, failures: 0, notBefore: null };
  const HOUR_MS = 60 * MINUTE_MS;

  it.each([
    ["after an interval where it told", tried, HOUR_MS, HOUR_MS],
    ["in a minute where it failed once", { ...tried, code: "unavailable", failures: 1 }, HOUR_MS, MINUTE_MS],
    ["in eight where it failed four times", { ...tried, code: "unreachable", failures: 4 }, HOUR_MS, 8 * MINUTE_MS],
    ["no later than an interval", { ...tried, code: "timed_out", failures: 1_000 }, HOUR_MS, HOUR_MS],
    ["not each minute where its key is wrong", { ...tried, code: "unauthorized", failures: 1 }, MINUTE_MS, HOUR_MS],
    ["not each minute where its key may not", { ...tried, code: "forbidden", failures: 9 }, MINUTE_MS, HOUR_MS],
    [
      "not before it wants to be",
      { ...tried, code: "rate_limited", failures: 1, notBefore: NOW + 3 * HOUR_MS },
      HOUR_MS,
      3 * HOUR_MS,
    ],
  ])("%s", (_name, last, intervalMs, after) => {
    expect(nextPollAt(last, intervalMs) - NOW).toBe(after);
  });
});
