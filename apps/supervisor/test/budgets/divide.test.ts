import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divide, type Sharer } from "../../src/capabilities/budgets/domain/divide.ts";

const at = (id: string, held: number | undefined, more: Partial<Sharer> = {}): Sharer => ({
  id,
  held,
  owed: held ?? 0,
  canChange: true,
  weight: 1,
  ...more,
});

const shares = (left: number, ...sharers: readonly Sharer[]) => Object.fromEntries(divide(left, sharers).shares);

describe("what is left of a budget", () => {
  it("is divided by how much is at work, and those at rest keep a little", () => {
    expect(shares(100_000, at("a", undefined), at("b", undefined, { weight: 2 }))).toEqual({ a: 33_333, b: 66_666 });
    expect(shares(100_000, at("a", undefined), at("b", undefined, { weight: 0 }))).toEqual({ a: 90_000, b: 10_000 });
  });

  it("is given to one only as far as the others have given it back", () => {
    // b holds all of it: it is lowered at once, and a waits for its word
    expect(shares(100_000, at("a", 0), at("b", 100_000))).toEqual({ a: 0, b: 50_000 });
    expect(shares(100_000, at("a", 0), at("b", 50_000, { owed: 100_000 }))).toEqual({ a: 0, b: 50_000 });
    expect(shares(100_000, at("a", 0), at("b", 50_000))).toEqual({ a: 50_000, b: 50_000 });
  });

  it("is taken back from one at rest at once", () => {
    expect(shares(100_000, at("a", 20_000), at("b", 60_000, { weight: 0 }))).toEqual({ a: 40_000, b: 10_000 });
    expect(shares(9_000, at("a", 4_500), at("b", 4_500, { weight: 0 }))["b"]).toBe(0);
  });

  it("stays where it is while nobody is short", () => {
    expect(shares(100_000, at("a", 45_000), at("b", 55_000))).toEqual({ a: 45_000, b: 55_000 });
  });

  it("is not given away that a node which is away may spend", () => {
    expect(divide(100_000, [at("a", undefined), at("b", 70_000, { canChange: false })])).toEqual({
      shares: new Map([["a", 30_000]]),
      free: 30_000,
      pool: 30_000,
    });
  });

  it("is given to nobody while it is not known what one may spend, and nobody else loses what it holds", () => {
    expect(shares(100_000, at("a", 40_000), at("b", 10_000, { owed: Infinity }))).toEqual({ a: 40_000, b: 0 });
  });

  it("takes back from all where more is owed than there is", () => {
    expect(shares(10_000, at("a", 10_000), at("b", 10_000))).toEqual({ a: 5_000, b: 5_000 });
  });

  it("is never given beyond what is free", () => {
    const sharer = fc.record({
      held: fc.option(fc.nat(50_000), { nil: undefined }),
      more: fc.nat(50_000),
      canChange: fc.boolean(),
      weight: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.nat(200_000), fc.array(sharer, { maxLength: 8, size: "max" }), (left, list) => {
        const sharers = list.map(({ held, more, canChange, weight }, index) => ({
          ...at(`n${index}`, held),
          owed: (held ?? 0) + more,
          canChange,
          weight,
        }));
        const division = divide(left, sharers);
        const given = sharers.map(({ id, owed }) => Math.max(0, (division.shares.get(id) ?? 0) - owed));
        const owed = sharers.reduce((sum, one) => sum + one.owed, 0);
        expect(given.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(Math.max(0, left - owed));
        for (const share of division.shares.values()) expect(share).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
