import { EVENT_DATA, type EventData, SESSION_STATUSES, type SessionStatus } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contextOf, healthFacts, marksOf, type ToldHealth } from "../../src/capabilities/health/domain/marks.ts";
import { arbitraryOf } from "../support/arbitrary-of.ts";

const MINUTE = 60_000;
const limits = { stuckMs: 15 * MINUTE, errors: 3 };
const now = 1_000 * MINUTE;

function told(data: EventData<"session.health">): ToldHealth {
  return { quietSince: data.quietSince ?? null, loopSince: data.loop?.since ?? null, data };
}

function marks(data: EventData<"session.health">, status: SessionStatus = "busy"): string[] {
  return marksOf(told(data), { status, now, limits }).map(({ mark, since, reason }) => `${mark} ${since} ${reason}`);
}

describe("stuck", () => {
  const quietSince = now - 17 * MINUTE;

  it("is said with what is known of the last that moved", () => {
    expect(marks({ quietSince })).toEqual([`stuck ${quietSince} nothing moved for 17 min`]);
    const last = { tool: "bash", about: "npm test", status: "running" };
    expect(marks({ quietSince, last })).toEqual([
      `stuck ${quietSince} nothing moved for 17 min: last was bash \`npm test\`, which is still running`,
    ]);
    expect(marks({ quietSince, last: { tool: "read", about: "", status: "error" } })).toEqual([
      `stuck ${quietSince} nothing moved for 17 min: last was read, which is failed`,
    ]);
  });

  it("begins when the time that the configuration says has passed, and not before", () => {
    const at = (ms: number) => marks({ quietSince: now - ms });
    expect(at(limits.stuckMs - 1)).toEqual([]);
    expect(at(limits.stuckMs)).toHaveLength(1);
  });

  it.each<[SessionStatus, boolean]>([
    ["busy", true],
    ["retrying", true],
    ["waiting", false],
    ["idle", false],
    ["error", false],
    ["ended", false],
    ["starting", false],
    ["unreachable", false],
  ])("a session that is %s may be stuck: %s", (status, isStuck) => {
    expect(marks({ quietSince }, status)).toHaveLength(isStuck ? 1 : 0);
  });
});

describe("looping", () => {
  it.each([
    [
      { since: 5, kind: "same_call", tool: "bash", count: 7 },
      "bash was called 7 times in a row with the same arguments",
    ],
    [{ since: 5, kind: "errors", tool: "edit", count: 3 }, "edit failed 3 times in a row"],
    [{ since: 5, kind: "errors", count: 4 }, "4 turns in a row failed"],
  ] as const)("%o", (loop, reason) => {
    expect(marks({ loop })).toEqual([`looping 5 ${reason}`]);
    expect(marks({ loop }, "error")).toHaveLength(1);
    for (const status of ["idle", "ended", "unreachable"] as const) expect(marks({ loop }, status)).toEqual([]);
  });

  it("by errors begins with as many as the configuration says", () => {
    const loop = { since: 5, kind: "errors", tool: "edit", count: 3 } as const;
    expect(marksOf(told({ loop }), { status: "busy", now, limits: { ...limits, errors: 4 } })).toEqual([]);
  });
});

it("a context of which the limit is not known is not put in percent", () => {
  expect(contextOf(told({ context: { tokens: 45_231, limit: 200_000 } }))).toEqual({
    tokens: 45_231,
    limit: 200_000,
    percent: 22.6,
  });
  expect(contextOf(told({ context: { tokens: 45_231 } }))).toEqual({ tokens: 45_231, limit: null, percent: null });
  expect(contextOf(told({ context: { tokens: 1, limit: 0 } }))?.percent).toBeNull();
  expect(contextOf(told({}))).toBeNull();
  expect(contextOf(undefined)).toBeNull();
});

// I18, I22
it("whatever is told has marks that can be shown, none of a session that rests or cannot be reached", () => {
  fc.assert(
    fc.property(
      arbitraryOf(EVENT_DATA["session.health"]),
      fc.constantFrom(...SESSION_STATUSES),
      fc.nat({ max: now * 2 }),
      (data, status, at) => {
        const health = told(data as EventData<"session.health">);
        const facts = healthFacts(health, { status, now: at, limits });
        for (const { mark, reason } of facts.marks) {
          expect(reason).not.toBe("");
          expect(["idle", "ended", "starting", "unreachable"]).not.toContain(status);
          const isLongEnough = at - (health.quietSince ?? at) >= limits.stuckMs;
          expect(mark !== "stuck" || isLongEnough).toBe(true);
        }
      },
    ),
  );
});
