import { SESSION_STATUSES } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ActFacts,
  actIn,
  keyOf,
  offeredActs,
  refusalOf,
  type SessionAct,
} from "../../src/capabilities/notices/compose/session-acts.ts";

const ACTS = ["resume", "restart", "kill"] as const satisfies readonly SessionAct[];
const WELL: ActFacts = { status: "idle", underWay: [], isHeld: false, canRestart: true };

const facts = fc.record({
  status: fc.constantFrom(...SESSION_STATUSES),
  underWay: fc.subarray(["session.abort", "session.kill", "session.restart"]),
  isHeld: fc.boolean(),
  canRestart: fc.boolean(),
  isTroubled: fc.boolean(),
});

describe("what can be done to a session", () => {
  it.each([
    [{}, ["resume", "restart", "kill"]],
    [{ status: "error" }, ["resume", "restart", "kill"]],
    [{ status: "busy", isTroubled: true }, ["restart", "kill"]],
    [{ status: "busy" }, []],
    [{ status: "waiting" }, []],
    [{ status: "starting" }, []],
    [{ status: "unreachable" }, []],
    [{ status: "ended" }, []],
    [{ isHeld: true }, ["kill"]],
    [{ canRestart: false }, ["resume", "kill"]],
    [{ underWay: ["session.restart"] }, ["kill"]],
    [{ underWay: ["session.kill"] }, []],
  ] as const)("is offered as it is: %j", (changes, offered) => {
    expect(offeredActs({ ...WELL, isTroubled: false, ...changes })).toEqual(offered);
  });

  it.each([
    ["resume", { status: "busy" }, "is at work: there is nothing to resume"],
    ["resume", { status: "waiting" }, "waits for a person: answer that first"],
    ["resume", { status: "unreachable" }, "cannot be reached"],
    ["restart", { underWay: ["session.restart"] }, "is being restarted"],
    ["restart", { canRestart: false }, "has an agent that is older and cannot restart it; upgrade it"],
    ["kill", { status: "ended" }, "has ended"],
    ["kill", { underWay: ["session.kill"] }, "is being killed"],
  ] as const)("or why it is not: %s %j", (act, changes, why) => {
    expect(refusalOf(act, { ...WELL, ...changes })).toBe(why);
  });

  it("is never offered where it would be refused", () => {
    fc.assert(
      fc.property(facts, (some) => {
        expect(offeredActs(some).filter((act) => refusalOf(act, some) !== undefined)).toEqual([]);
      }),
    );
  });

  it("may be killed whatever it does, until it has ended", () => {
    fc.assert(
      fc.property(facts, (some) => {
        const isOver = some.status === "ended" || some.underWay.includes("session.kill");
        expect(refusalOf("kill", some) !== undefined).toBe(isOver);
      }),
    );
  });

  it("is named by a key that says it again, and nothing else does", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ACTS), fc.nat(), (act, since) => {
        expect(actIn(keyOf(act, since))).toEqual({ act, since });
      }),
    );
    expect(["per_1/once", "kill/", "kill/1/2", "purge/1"].map(actIn)).toEqual(Array(4).fill(undefined));
  });
});
