import { HEALTH_MARKS, SESSION_STATUSES, type SessionView } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attentionOf, byAttention, fullness } from "../src/index.ts";

type Marked = Pick<SessionView, "status" | "health">;

const marked = (status: SessionView["status"], ...marks: SessionView["health"][number]["mark"][]): Marked => ({
  status,
  health: marks.map((mark) => ({ mark, since: "2026-11-24T12:00:00.000Z", reason: "r" })),
});

describe("where people look first", () => {
  it("is where somebody waits for them, and last where all is over", () => {
    const all = [
      marked("waiting"),
      marked("error"),
      marked("retrying"),
      marked("busy", "stuck"),
      marked("busy", "looping"),
      marked("unreachable"),
      marked("starting"),
      marked("busy"),
      marked("idle"),
      marked("ended"),
    ];
    expect(byAttention(all.toReversed())).toEqual(all);
  });

  it("is a status or a mark beside it, whichever needs somebody more", () => {
    expect(attentionOf(marked("error", "looping"))).toBe(attentionOf(marked("error")));
    expect(attentionOf(marked("busy", "looping", "stuck"))).toBe(attentionOf(marked("busy", "stuck")));
    expect(attentionOf(marked("retrying", "stuck"))).toBe(attentionOf(marked("retrying")));
    expect(attentionOf({ status: "dreaming" as never, health: [] })).toBeGreaterThan(attentionOf(marked("ended")));
  });

  it("keeps the order of those that need somebody alike, and loses none", () => {
    const session = fc.record({
      id: fc.nat(),
      status: fc.constantFrom(...SESSION_STATUSES),
      health: fc.subarray([...HEALTH_MARKS]).map((marks) => marked("busy", ...marks).health),
    });
    fc.assert(
      fc.property(fc.array(session), (sessions) => {
        const sorted = byAttention(sessions);
        for (const place of new Set(sessions.map(attentionOf)))
          expect(sorted.filter((one) => attentionOf(one) === place)).toEqual(
            sessions.filter((one) => attentionOf(one) === place),
          );
        expect(sorted).toHaveLength(sessions.length);
      }),
    );
  });
});

it("a context of which the limit is not known has no percentage", () => {
  expect(fullness({ tokens: 41_600, limit: 100_000, percent: 41.6 })).toBe("42 %");
  expect(fullness({ tokens: 41_600, limit: null, percent: null })).toBe("-");
  expect(fullness(null)).toBe("-");
});
