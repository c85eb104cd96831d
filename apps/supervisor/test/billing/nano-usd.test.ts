import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanoUsdOf } from "../../src/billing/nano-usd.ts";

describe("an amount as a provider writes it", () => {
  it.each([
    ["123.45", "cents", 1_234_500_000],
    ["0", "cents", 0],
    ["-0", "cents", 0],
    ["-12.5", "cents", -125_000_000],
    ["0.00000001", "cents", 0],
    ["0.00000005", "cents", 1],
    ["-0.00000005", "cents", -1],
    [0.06, "dollars", 60_000_000],
    ["0.06123456789012345", "dollars", 61_234_568],
    [1e-7, "dollars", 100],
    ["1E2", "dollars", 100_000_000_000],
    [" 2.5 ", "dollars", 2_500_000_000],
    [".5", "dollars", 500_000_000],
    // a float would say 0.30000000000000004
    ["0.1", "dollars", 100_000_000],
  ] as const)("is exact: %s %s", (amount, unit, nano) => {
    expect(nanoUsdOf(amount, unit)).toBe(nano);
  });

  it.each(["", "-", "1,000", "1.2.3", "$5", "NaN", "Infinity", "0x10", "1e999", "99999999999", "five"])(
    "is none: %j",
    (amount) => expect(nanoUsdOf(amount, "dollars")).toBeUndefined(),
  );

  it("is the same for cents and for dollars, with whatever digits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -8_000_000_000_000_000n, max: 8_000_000_000_000_000n }), (nano) => {
        const sign = nano < 0n ? "-" : "";
        const digits = (nano < 0n ? -nano : nano).toString().padStart(12, "0");
        const written = (places: number): string => `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
        expect(nanoUsdOf(written(9), "dollars")).toBe(Number(nano));
        expect(nanoUsdOf(written(7), "cents")).toBe(Number(nano));
      }),
    );
  });
});
