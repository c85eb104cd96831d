import fc from "fast-check";
import { expect, it } from "vitest";
import { leftAtStart, leftNow, validFor } from "../../src/capabilities/leases/domain/validity.ts";

const VALID_MS = 60_000;
const wallClock = fc.integer({ min: 0, max: 10_000_000 });

it("holds for as long as was said, by both clocks", () => {
  const said = validFor(VALID_MS, 1_000_000);
  const left = leftAtStart(said, 1_000_000, 500);
  expect(leftNow(left, 1_000_000, 500)).toBe(60_000);
  expect(leftNow(left, 1_030_000, 30_500)).toBe(30_000);
  expect(leftNow(left, 1_060_000, 60_500)).toBe(0);
  expect(leftNow(left, 2_000_000, 2_000_000)).toBe(0);
});

it.each([
  ["the clock is set back", 900_000, 40_500, 20_000],
  ["the clock is set forward", 1_059_000, 500, 1_000],
  ["the machine slept, and only the clock on the wall went on", 1_060_001, 501, 0],
])("where %s", (_, now, monotonic, leftMs) => {
  const left = leftAtStart(validFor(VALID_MS, 1_000_000), 1_000_000, 500);
  expect(leftNow(left, now, monotonic)).toBe(leftMs);
});

it("counts the time between two lives of the agent", () => {
  const noted = { ...validFor(VALID_MS, 1_000_000), latestAt: 1_010_000, leftMs: 50_000 };
  expect(leftAtStart(noted, 1_030_000, 7).leftMs).toBe(30_000);
  expect(leftAtStart(noted, 1_070_000, 7).leftMs).toBe(0);
});

it("does not give back time in a later life whose clock was set back", () => {
  const noted = { ...validFor(VALID_MS, 1_000_000), latestAt: 1_050_000, leftMs: 10_000 };
  expect(leftAtStart(noted, 3_000, 7).leftMs).toBe(10_000);
  // what is said then holds for as long as it says, and not until the clock is where it was
  const again = validFor(VALID_MS, 3_000, noted.latestAt);
  expect(leftAtStart(again, 3_000, 7).leftMs).toBe(60_000);
});

it("lets nothing begin for longer than was said, whatever the clock on the wall does, over any lives that note what is left", () => {
  const life = fc.record({ wall: fc.array(fc.tuple(wallClock, fc.nat(20_000)), { minLength: 1, maxLength: 5 }) });
  fc.assert(
    fc.property(wallClock, fc.array(life, { minLength: 1, maxLength: 6 }), (saidAt, lives) => {
      let kept = validFor(VALID_MS, saidAt);
      let allowedMs = 0;
      for (const { wall } of lives) {
        const [[first] = [0, 0]] = wall;
        let monotonic = 0;
        const left = leftAtStart(kept, first, monotonic);
        for (const [now, tookMs] of wall) {
          const before = leftNow(left, now, monotonic);
          expect(before).toBeGreaterThanOrEqual(0);
          monotonic += tookMs;
          allowedMs += Math.min(before, tookMs);
          kept = { ...kept, latestAt: Math.max(kept.latestAt, now), leftMs: leftNow(left, now, monotonic) };
        }
      }
      expect(allowedMs).toBeLessThanOrEqual(VALID_MS);
    }),
  );
});
