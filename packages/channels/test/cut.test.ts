import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutEnd, cutStart } from "../src/index.ts";

const text = fc.string({ unit: "grapheme", maxLength: 60 });
const most = fc.integer({ min: 1, max: 60 });

describe("a text that is cut", () => {
  it.each([
    ["short", 10, "short"],
    ["just ten c", 10, "just ten c"],
    ["more than ten", 10, "more than…"],
    ["a family 👨‍👩‍👧‍👦 and more", 15, "a family…"],
  ])("keeps its beginning: %s", (given, length, cut) => {
    expect(cutEnd(given, length)).toBe(cut);
  });

  it.each([
    ["short", 10, "short"],
    ["more than tenth", 8, "…n tenth"],
    ["first line\nsecond line\nthird", 14, "…\nthird"],
    ["no line to break at", 8, "…reak at"],
  ])("or its end: %s", (given, length, cut) => {
    expect(cutStart(given, length)).toBe(cut);
  });

  it("is never longer, says that it was cut, and has no half of a sign", () => {
    fc.assert(
      fc.property(text, most, (given, length) => {
        for (const cut of [cutEnd(given, length), cutStart(given, length)]) {
          expect(cut.length).toBeLessThanOrEqual(length);
          expect(cut === given || cut.includes("…")).toBe(true);
          expect(cut.isWellFormed()).toBe(given.isWellFormed());
        }
      }),
    );
  });
});
