import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText } from "../../src/capabilities/sessions/domain/messages/message-assembly.ts";

describe("cutText", () => {
  it("never exceeds its limit and never halves a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, limit) => {
        const { text: kept, cut } = cutText(text, limit);
        expect(new TextEncoder().encode(kept).length).toBeLessThanOrEqual(Math.max(limit, cut ? limit : Infinity));
        expect(text.startsWith(kept)).toBe(true);
        expect(cut).toBe(kept !== text);
      }),
    );
  });
});
