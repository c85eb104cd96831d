import fc from "fast-check";
import { expect, it } from "vitest";
import { leftNow, validFor } from "../../src/capabilities/leases/domain/validity.ts";

const VALID_MS = 60_000;

it.each([
  ["at first", 1_000_000, 500, 60_000],
  ["half a minute later", 1_030_000, 30_500, 30_000],
  ["when the time is over", 1_060_000, 60_500, 0],
  ["long after it", 2_000_000, 2_000_000, 0],
  ["where the clock was set back", 900_000, 40_500, 20_000],
  ["where the clock was set forward", 1_059_000, 500, 1_000],
  ["where the machine slept, and only the clock on the wall went on", 1_060_001, 501, 0],
])("%s", (_, now, monotonic, leftMs) => {
  expect(leftNow({ ...validFor(VALID_MS, 1_000_000), at: 500 }, now, monotonic)).toBe(leftMs);
});

it.each([
  ["counts the time between two lives of the agent", 1_030_000, 30_000],
  ["is over where they were far apart", 1_070_000, 0],
  ["gives back no time where the clock was set back between them", 3_000, 50_000],
])("%s", (_, now, leftMs) => {
  const noted = { ...validFor(VALID_MS, 1_000_000), leftMs: 50_000 };
  expect(leftNow({ ...noted, at: 7 }, now, 7)).toBe(leftMs);
});

it("lets nothing begin for longer than was said, whatever the clock on the wall does, over any lives that note what is left", () => {
  const moment = fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.nat(20_000));
  const lives = fc.array(fc.array(moment, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), lives, (saidAt, all) => {
      let kept = validFor(VALID_MS, saidAt);
      let allowedMs = 0;
      for (const moments of all) {
        let monotonic = 0;
        const left = { ...kept, at: monotonic };
        for (const [now, tookMs] of moments) {
          const before = leftNow(left, now, monotonic);
          expect(before).toBeGreaterThanOrEqual(0);
          monotonic += tookMs;
          allowedMs += Math.min(before, tookMs);
          kept = { ...kept, leftMs: leftNow(left, now, monotonic) };
        }
      }
      expect(allowedMs).toBeLessThanOrEqual(VALID_MS);
    }),
  );
});
