import { describe, expect, it } from "vitest";
import { askedIn, askingId, confirmationForm, unconfirmed } from "../../src/chat/confirmations.ts";

const WANTED = { title: "Really kill it?", text: "It ends.", submit: "Kill", word: "web", footing: "17" };
const ASKED = { what: "kill box:1/web", user: "600000000000000001", at: 1_800_000_000_000, footing: "17" };
const GIVEN = { user: ASKED.user, values: { word: [" web "] }, now: ASKED.at + 60_000 };

describe("a confirmation", () => {
  it("comes back with what it is for, in an id that every platform takes", () => {
    const { id } = confirmationForm("button:", { ...ASKED, what: "b".repeat(22) }, WANTED);
    expect(id.length).toBeLessThanOrEqual(100);
    expect(askedIn("button:", id)).toEqual({ ...ASKED, what: "b".repeat(22) });
    expect(askedIn("do:", askingId("do:", ASKED))).toEqual(ASKED);
    expect(
      ["button:x", "button:x:1", "button:x:!:y:z", "do:x:1:y:z"].map((other) => askedIn("button:", other)),
    ).toEqual(Array(4).fill(undefined));
  });

  it.each([
    ["by whoever was asked", {}, {}, undefined],
    ["by somebody else", {}, { user: "600000000000000002" }, /somebody else was asked/],
    ["with another word", {}, { values: { word: ["api"] } }, /web was not typed/],
    ["with none", {}, { values: {} }, /web was not typed/],
    ["too late", {}, { now: ASKED.at + 900_001 }, /too long ago/],
    ["before it was asked", {}, { now: ASKED.at - 1 }, /too long ago/],
    ["for what has begun something since", {}, {}, /begun something meanwhile/, { footing: "work" }],
    ["for what was at work and rests", { footing: "work" }, {}, undefined],
  ] as const)("counts, or does not: %s", (_, asked, given, why, wanted?: object) => {
    const found = unconfirmed({ ...ASKED, ...asked }, { ...WANTED, ...wanted }, { ...GIVEN, ...given });
    expect(found ?? "it counts").toMatch(why ?? /it counts/);
  });
});
