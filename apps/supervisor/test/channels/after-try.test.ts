import { WEBHOOK_TRIES, webhookWaitMs } from "@hal/channels";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type After,
  afterTry,
  type Outcome,
  type Standing,
  UNTRIED,
} from "../../src/capabilities/channels/domain/after-try.ts";

const NOW = Date.UTC(2026, 10, 28);
const MINUTE = 60_000;
const TRIED = { tries: 0, dueAt: NOW, createdAt: NOW };
const AGAIN: Outcome = { kind: "again", reason: "it answered 500" };

function after(outcome: Outcome, { tried = TRIED, before = UNTRIED, now = NOW } = {}): After {
  return afterTry(tried, before, outcome, { now, waitMs: (tries) => webhookWaitMs(tries, 0) });
}

describe("a notice after a try", () => {
  it("is sent, and its target works", () => {
    expect(after({ kind: "sent" })).toEqual({
      notice: { state: "sent", tries: 1, dueAt: NOW, reason: null, closedAt: NOW },
      target: { ...UNTRIED, lastSentAt: NOW },
      hurry: false,
      stop: undefined,
    });
  });

  it("waits for its next try, and keeps no other one from its first", () => {
    const { notice, target, stop } = after(AGAIN);
    expect(notice).toEqual({
      state: "waiting",
      tries: 1,
      dueAt: NOW + 5_000,
      reason: "it answered 500",
      closedAt: null,
    });
    expect(target).toEqual({
      ...UNTRIED,
      failingSince: NOW,
      failures: 1,
      reason: "it answered 500",
      notBefore: NOW,
    });
    expect(stop).toBeUndefined();
  });

  it("waits as long as its target asks, and the target with it", () => {
    const { notice, target } = after({ ...AGAIN, retryAfterMs: 90_000 });
    expect([notice.dueAt, target.notBefore]).toEqual([NOW + 90_000, NOW + 90_000]);
    const soon = after({ ...AGAIN, retryAfterMs: 1_000 });
    expect([soon.notice.dueAt, soon.target.notBefore]).toEqual([NOW + 5_000, NOW + 1_000]);
  });

  it("is given up at once where it will never be taken, which says nothing of its target", () => {
    const before = { ...UNTRIED, lastSentAt: NOW - 1 };
    const { notice, target } = after({ kind: "refused", reason: "too large" }, { before });
    expect(notice).toEqual({ state: "given_up", tries: 1, dueAt: NOW, reason: "too large", closedAt: NOW });
    expect(target).toEqual(before);
  });

  it("waits where its target stops, so that it is sent once somebody has seen to that", () => {
    const { notice, stop } = after({ kind: "stopped", reason: "it answered 410" });
    expect([notice.state, notice.closedAt, stop]).toEqual(["waiting", null, "it answered 410"]);
  });

  it("is given up after its last try; its target stops where nothing else arrived meanwhile", () => {
    const tried = { ...TRIED, tries: WEBHOOK_TRIES - 1, createdAt: NOW - 76 * 60 * MINUTE };
    const alone = after(AGAIN, {
      tried,
      before: { ...UNTRIED, lastSentAt: tried.createdAt - 1, failingSince: NOW - MINUTE },
    });
    expect([alone.notice.state, alone.stop]).toEqual([
      "given_up",
      `nothing arrived in ${WEBHOOK_TRIES} tries of one notice: it answered 500`,
    ]);
    const beside = after(AGAIN, { tried, before: { ...UNTRIED, lastSentAt: NOW - MINUTE } });
    expect([beside.notice.state, beside.stop]).toEqual(["given_up", undefined]);
  });

  it("has the others tried at once where its target had failed for longer than a minute", () => {
    const since = (ms: number): Standing => ({ ...UNTRIED, failingSince: NOW - ms, failures: 3 });
    expect(after({ kind: "sent" }, { before: since(MINUTE) }).hurry).toBe(false);
    expect(after({ kind: "sent" }, { before: since(MINUTE + 1) }).hurry).toBe(true);
  });
});

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ kind: "sent" }),
  fc.record({
    kind: fc.constantFrom("again" as const, "gone" as const, "refused" as const, "stopped" as const),
    reason: fc.string(),
    retryAfterMs: fc.option(fc.nat(86_400_000), { nil: undefined }),
  }),
);

describe("any tries of any notices", () => {
  it("end each, in so many tries at most, and leave a target that is failing or not by its last one", () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 40 }), fc.nat(100_000), (outcomes, stepMs) => {
        let before = UNTRIED;
        let tried = TRIED;
        let now = NOW;
        for (const one of outcomes) {
          now += stepMs;
          const { notice, target, stop } = after(one, { tried, before, now });
          // T1
          expect(notice.closedAt === null).toBe(notice.state === "waiting");
          expect(notice.tries).toBe(tried.tries + 1);
          expect(notice.tries).toBeLessThanOrEqual(WEBHOOK_TRIES);
          // T3, and a reason whenever it fails
          expect(target.failingSince === null).toBe(
            one.kind === "refused" ? before.failingSince === null : one.kind === "sent",
          );
          expect(target.failures > 0).toBe(target.failingSince !== null);
          expect(notice.state !== "waiting" || one.kind === "stopped" || notice.dueAt > now).toBe(true);
          expect(one.kind !== "stopped" || stop === one.reason).toBe(true);
          before = target;
          tried =
            notice.state === "waiting" && one.kind !== "stopped"
              ? { ...TRIED, ...notice }
              : { ...TRIED, createdAt: now };
        }
      }),
    );
  });

  it("keep a target from being tried more than every five minutes at last, and never longer", () => {
    let before = UNTRIED;
    const waits = Array.from({ length: 12 }, () => {
      before = after(AGAIN, { before }).target;
      return (before.notBefore - NOW) / 1_000;
    });
    expect(waits).toEqual([0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300]);
  });
});
