import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judgeGreeting } from "../../src/uplink/domain/greeting.ts";

const standing = { lastSeq: 10, acked: 6, markThere: "m" };
const committed = { seq: 6, mark: "m", resetEpoch: false };

describe("a supervisor's welcome", () => {
  it("resumes behind what is committed", () => {
    expect(judgeGreeting(standing, committed)).toEqual({ kind: "resume", after: 6 });
    expect(judgeGreeting(standing, { ...committed, seq: 8 })).toEqual({ kind: "resume", after: 8 });
  });

  it("begins a new epoch where this disk is an older copy, or one that went another way", () => {
    expect(judgeGreeting(standing, { ...committed, seq: 11 }).kind).toBe("renew");
    expect(judgeGreeting(standing, { ...committed, resetEpoch: true }).kind).toBe("renew");
    expect(judgeGreeting(standing, { ...committed, mark: "another" }).kind).toBe("renew");
  });

  it("takes back what a restored supervisor has lost", () => {
    expect(judgeGreeting(standing, { ...committed, seq: 2 })).toEqual({ kind: "take back", after: 2 });
    expect(judgeGreeting(standing, { seq: 0, mark: "", resetEpoch: false })).toEqual({ kind: "take back", after: 0 });
  });

  it("compares no marks that one of both does not have", () => {
    expect(judgeGreeting({ ...standing, markThere: undefined }, committed).kind).toBe("resume");
    expect(judgeGreeting(standing, { ...committed, mark: "" }).kind).toBe("resume");
  });

  it("never skips an event: it sends from the one after the committed one, or begins anew", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(50), fc.boolean(), (lastSeq, acked, seq, same) => {
        const here = { lastSeq: Math.max(lastSeq, acked), acked, markThere: "m" };
        const greeting = judgeGreeting(here, { seq, mark: same ? "m" : "other", resetEpoch: false });
        const mustRenew = seq > here.lastSeq || (!same && seq > 0);
        expect(greeting.kind === "renew" ? "renew" : greeting.after).toBe(mustRenew ? "renew" : seq);
      }),
    );
  });
});
