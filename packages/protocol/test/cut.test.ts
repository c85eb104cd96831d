import fc from "fast-check";
import { expect, it } from "vitest";
import { cutText, headOf } from "../src/text/index.ts";

it.each<[string, number, string]>([
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["ab🟢d", 4, "ab…"],
  ["ab🟢de", 5, "ab🟢…"],
  ["", 3, ""],
])("%s in %i units is %s", (text, most, expected) => {
  expect(cutText(text, most)).toBe(expected);
});

it("a text that was cut is the beginning of what it was, is no longer than it may be, and has no half of a letter", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 40 }), (text, most) => {
      const cut = cutText(text, most);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(text.startsWith(headOf(text, most))).toBe(true);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});
