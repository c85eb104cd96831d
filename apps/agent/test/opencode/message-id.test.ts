import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { opencodeMessageId } from "../../src/opencode/v1/message-id.ts";

describe("opencodeMessageId", () => {
  it("ascends with time, as opencode's own ids do", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
        fc.integer({ min: 1, max: 1e6 }),
        (at, later) => {
          const early = opencodeMessageId(at, 1, new Uint8Array(14));
          expect(early).toMatch(/^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
          const wraps = Math.floor(at / 2 ** 36) !== Math.floor((at + later) / 2 ** 36);
          expect(wraps || opencodeMessageId(at + later, 1, new Uint8Array(14)) > early).toBe(true);
        },
      ),
    );
  });

  it("agrees with an id that opencode made at a known time", () => {
    expect(opencodeMessageId(1_795_463_082_530, 1, new Uint8Array(14)).slice(0, 16)).toBe("msg_209f07222001");
  });
});
