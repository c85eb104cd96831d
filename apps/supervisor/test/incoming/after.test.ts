import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterAnswer } from "../../src/capabilities/incoming/domain/after-answer.ts";
import { afterTry, GIVE_UP_MS } from "../../src/capabilities/incoming/domain/after-try.ts";
import { sessionAnswer } from "../../src/capabilities/incoming/domain/session-answer.ts";

const NOW = 1_790_000_000_000;

describe("work that could not begin", () => {
  it.each(["held", "conflict", "not_found", "project_unavailable", "node_offline", "unavailable", "expired"])(
    "is tried again where it was %s",
    (code) => {
      const after = afterTry({ code, reason: "r", tries: 0, since: NOW }, NOW);
      expect(after).toEqual({ kind: "again", code, reason: "r", dueAt: NOW + 2_000 });
    },
  );

  it.each(["bad_request", "forbidden", "payload_too_large", "cancelled"])("is given up where it was %s", (code) => {
    expect(afterTry({ code, reason: "r", tries: 0, since: NOW }, NOW)).toEqual({ kind: "given_up", code, reason: "r" });
  });

  it("is tried later and later, ten minutes apart at most, and for a day", () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.integer({ min: 0, max: GIVE_UP_MS - 1 }), (tries, ageMs) => {
        const after = afterTry({ code: "held", reason: "r", tries, since: NOW - ageMs }, NOW);
        const waitMs = after.kind === "again" ? after.dueAt - NOW : 0;
        expect(waitMs).toBeGreaterThanOrEqual(2_000);
        expect(waitMs).toBeLessThanOrEqual(600_000);
      }),
    );
    expect(afterTry({ code: "held", reason: "r", tries: 9, since: NOW - GIVE_UP_MS }, NOW)).toEqual({
      kind: "given_up",
      code: "held",
      reason: "it was tried for a day: r",
    });
  });
});

describe("an answer", () => {
  const refused = (status: number, waitMs?: number) => ({ kind: "refused", status, waitMs, text: "" }) as const;

  it.each([401, 403, 404, 410, 422, 301])(
    "is not tried again where the service says %i, and says what to do",
    (status) => {
      const after = afterAnswer(refused(status), 1, NOW);
      expect(after).toEqual({
        kind: "stopped",
        reason: expect.stringMatching(new RegExp(`^the service answered ${status}: .+`)),
      });
    },
  );

  it.each([500, 502, 503, 429, 408])("is tried again where the service says %i", (status) => {
    expect(afterAnswer(refused(status), 1, NOW)).toMatchObject({ kind: "again", dueAt: NOW + 10_000 });
  });

  it("waits, and all others with it, as long as the service wants, within an hour", () => {
    expect(afterAnswer(refused(403, 30_000), 1, NOW)).toMatchObject({
      kind: "again",
      dueAt: NOW + 30_000,
      pauses: true,
    });
    expect(afterAnswer(refused(429, 10 ** 9), 1, NOW)).toMatchObject({ dueAt: NOW + 3_600_000 });
  });

  it("stops after so many tries", () => {
    const outcome = { kind: "failed", reason: "no route" } as const;
    expect(afterAnswer(outcome, 59, NOW).kind).toBe("again");
    expect(afterAnswer(outcome, 60, NOW)).toEqual({ kind: "stopped", reason: "it was tried 60 times: no route" });
  });
});

describe("what a session answered", () => {
  const said = (eventId: number, text: string, parentId = "m1", role = "assistant") => ({
    eventId,
    role,
    parentId,
    text,
    error: undefined,
  });
  const idle = (eventId: number) => ({ eventId, type: "session.idle", problem: "" }) as const;

  it("is the last thing that it said to the prompt before it rested", () => {
    const all = [said(2, "first"), said(3, ""), said(4, "done"), said(9, "later"), said(5, "other", "m2")];
    expect(sessionAnswer(all.slice(0, 3), idle(6), "m1")).toEqual({ text: "done", isGood: true });
    expect(sessionAnswer(all, idle(6), "m1")).toEqual({ text: "done", isGood: true });
  });

  it("is not there where it rests behind a turn that came before", () => {
    expect(sessionAnswer([said(2, "old", "m0")], idle(6), "m1")).toBeUndefined();
    expect(sessionAnswer([said(7, "new", "m1")], idle(6), "m1")).toBeUndefined();
  });

  it("is any where another session went on from the one that was asked", () => {
    expect(sessionAnswer([said(2, "old", "m0")], idle(6), undefined)).toEqual({ text: "old", isGood: true });
  });

  it("says why it failed, and that it was ended", () => {
    const failed = { eventId: 6, type: "session.error", problem: "no credit" } as const;
    expect(sessionAnswer([said(2, "half")], failed, "m1")).toEqual({ text: "half\n\nno credit", isGood: false });
    expect(sessionAnswer([], { eventId: 6, type: "session.ended", problem: "" }, "m1")).toEqual({
      text: "The session was ended before it answered.",
      isGood: false,
    });
  });
});
