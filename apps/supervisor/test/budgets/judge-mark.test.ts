import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeMark, type Mark, type Seen } from "../../src/capabilities/budgets/domain/judge-mark.ts";

const seen = (share: number, changes: Partial<Seen> = {}): Seen => ({ from: 100, share, isReached: false, ...changes });

/** What is said of a budget that is seen so, one time after the other. */
function saysOf(list: readonly Seen[]): string[] {
  let before: Mark | undefined;
  return list.flatMap((one) => {
    const judged = judgeMark(before, one);
    if (judged === undefined) return [];
    before = judged.mark;
    return judged.says.map((say) => `${say.type} ${say.key}`);
  });
}

// I34
describe("what is said of a budget", () => {
  it("is each share once, and its end", () => {
    expect(saysOf([seen(0), seen(0.5), seen(0.5), seen(0.8), seen(0.8, { isReached: true })])).toEqual([
      "budget.warned 500",
      "budget.warned 800",
      "budget.reached 1",
    ]);
  });

  it("is only the end where it comes to that at once", () => {
    expect(saysOf([seen(0.8, { isReached: true })])).toEqual(["budget.reached 1"]);
  });

  it("is that it is open again, when it is raised and when it begins anew", () => {
    const over = seen(0.8, { isReached: true });
    expect(saysOf([over, seen(0.5), over, { ...seen(0), from: 200 }])).toEqual([
      "budget.reached 1",
      "budget.reopened 1",
      "budget.reached 2",
      "budget.reopened anew",
    ]);
  });

  it("is nothing for a span that is over, when a clock was put back", () => {
    expect(saysOf([seen(0.5), { ...seen(0.5), from: 50 }, { ...seen(0, { isReached: true }), from: 50 }])).toEqual([
      "budget.warned 500",
    ]);
  });

  it("is never said twice, whatever comes in which order", () => {
    const any = fc.record({
      from: fc.constantFrom(100, 200, 300),
      share: fc.constantFrom(0, 0.5, 0.8),
      isReached: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30, size: "max" }), (list) => {
        let before: Mark | undefined;
        const said: string[] = [];
        for (const one of list) {
          const judged = judgeMark(before, one);
          if (judged === undefined) continue;
          before = judged.mark;
          expect(judgeMark(before, one)).toBeUndefined();
          said.push(...judged.says.map((say) => `${judged.mark.spanFrom} ${say.type} ${say.key}`));
        }
        expect(new Set(said).size).toBe(said.length);
      }),
    );
  });
});
