import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  AGENT_FRAME_TYPES,
  AgentFrame,
  CLOSE_CODES,
  COMMANDS,
  commonVersion,
  decodeFrame,
  encodeFrame,
  errorBodyOf,
  HalError,
  microUsd,
  parseEvent,
  reconnectAfter,
  roleAllows,
  usd,
} from "../src/index.ts";

describe("decodeFrame", () => {
  it("never throws, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => `{"type":"events","x":${text}}`),
        ),
        (text) => {
          const decoded = decodeFrame(AgentFrame, AGENT_FRAME_TYPES, text);
          expect(decoded.ok || decoded.problem.length > 0).toBe(true);
        },
      ),
    );
  });

  it("tells malformed, unknown and invalid apart, because each has its own consequence", () => {
    const kind = (text: string): string => {
      const decoded = decodeFrame(AgentFrame, AGENT_FRAME_TYPES, text);
      return decoded.ok ? "ok" : decoded.kind;
    };
    expect(kind("{")).toBe("malformed");
    expect(kind("[]")).toBe("malformed");
    expect(kind('{"type":7}')).toBe("malformed");
    expect(kind('{"type":"telepathy"}')).toBe("unknown");
    expect(kind('{"type":"events","epoch":"e","events":[]}')).toBe("invalid");
    expect(kind('{"type":"bye","reason":"stop","fromTheFuture":1}')).toBe("ok");
  });

  it("reads back what encodeFrame writes", () => {
    fc.assert(
      fc.property(fc.record({ epoch: fc.string({ minLength: 1, maxLength: 64 }), seq: fc.nat() }), ({ epoch, seq }) => {
        const frame = {
          type: "events" as const,
          epoch,
          events: [{ seq: seq + 1, at: 1, type: "session.idle", session: "ses_1", data: {} }],
        };
        expect(decodeFrame(AgentFrame, AGENT_FRAME_TYPES, encodeFrame(frame))).toEqual({ ok: true, frame });
      }),
    );
  });
});

describe("parseEvent", () => {
  it("knows the known, passes the unknown on, and names what is wrong with the invalid", () => {
    expect(parseEvent({ at: 1, type: "session.idle", session: "ses_1", data: {} })).toMatchObject({ kind: "known" });
    expect(parseEvent({ at: 1, type: "moon.full", data: 1 })).toEqual({ kind: "unknown", type: "moon.full" });
    expect(parseEvent({ at: 1, type: "session.error", data: { name: "x" } })).toEqual({
      kind: "invalid",
      problem: expect.stringContaining("message"),
    });
    expect(parseEvent({ at: 1, type: "toString", data: {} })).toEqual({ kind: "unknown", type: "toString" });
  });
});

describe("money", () => {
  it("is exact to a micro-dollar", () => {
    expect(microUsd(0.0342)).toBe(34_200);
    fc.assert(fc.property(fc.nat(1e9), (micro) => microUsd(usd(micro)) === micro));
  });
});

describe("versions, roles, close codes", () => {
  it.each([
    [{ min: 1, max: 3 }, { min: 2, max: 5 }, 3],
    [{ min: 1, max: 1 }, { min: 1, max: 1 }, 1],
    [{ min: 1, max: 1 }, { min: 2, max: 3 }, undefined],
  ])("%j and %j meet at %s", (ours, theirs, common) => {
    expect(commonVersion(ours, theirs)).toBe(common);
    expect(commonVersion(theirs, ours)).toBe(common);
  });

  it("orders roles", () => {
    expect(roleAllows("admin", "operator")).toBe(true);
    expect(roleAllows("viewer", "operator")).toBe(false);
  });

  it("says of every close code whether to dial again, and of an unknown one yes", () => {
    for (const code of Object.keys(CLOSE_CODES))
      expect(["soon", "slowly", "never"]).toContain(reconnectAfter(Number(code)));
    expect(reconnectAfter(4999)).toBe("soon");
  });
});

it("shows a bug as internal and reveals nothing of it", () => {
  expect(errorBodyOf(new Error("password=hunter2"))).toEqual({
    code: "internal",
    message: expect.not.stringContaining("hunter2"),
  });
  expect(errorBodyOf(new HalError("not_found", "no node x"))).toEqual({ code: "not_found", message: "no node x" });
});

describe("the answer to an interaction", () => {
  const { args } = COMMANDS["interaction.answer"];
  const asked = { interactionId: "per_1", sessionId: "ses_1" };

  it.each([
    ["permission", "once", {}],
    ["permission", "always", {}],
    ["permission", "reject", { message: "no" }],
    ["question", "reject", {}],
    ["question", "answer", { answers: [["a"]] }],
    // an older supervisor says so
    ["question", "reject", { message: "no", answers: [] }],
  ])("of a %s may be %s", (kind, reply, more) => {
    expect(v.safeParse(args, { ...asked, kind, reply, ...more }).success).toBe(true);
  });

  it.each([
    ["permission", "answer", { answers: [["a"]] }],
    ["question", "once", {}],
    ["question", "always", {}],
    ["question", "answer", {}],
  ])("of a %s may not be %s", (kind, reply, more) => {
    expect(v.safeParse(args, { ...asked, kind, reply, ...more }).success).toBe(false);
  });
});
