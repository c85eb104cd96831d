import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../src/index.ts";

describe("backoffMs", () => {
  it("never spins and never exceeds its maximum", () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const wait = backoffMs(attempt, { baseMs: 500, maxMs: 30_000 }, () => chance);
        expect(wait).toBeGreaterThanOrEqual(250);
        expect(wait).toBeLessThanOrEqual(30_000);
      }),
    );
  });

  it("doubles its ceiling with each attempt", () => {
    const ceilings = [0, 1, 2, 3].map((attempt) => backoffMs(attempt, { baseMs: 100, maxMs: 10_000 }, () => 1));
    expect(ceilings).toEqual([100, 200, 400, 800]);
  });
});
