import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_SNOOZE_MS, type Notable, type Note, notedState } from "../../src/capabilities/inbox/domain/notes.ts";

const NOW = 1_000_000_000;
const session: Notable = { about: "session", footing: "error@1" };
const question: Notable = { about: "interaction", footing: "asked" };

describe("an item of which somebody noted something", () => {
  it.each<[what: string, item: Notable, note: Partial<Note>, state: string]>([
    ["is snoozed until its time", session, { until: NOW + 1 }, "snoozed"],
    ["is back at its time", session, { until: NOW }, "open"],
    ["is snoozed until it moves", session, {}, "snoozed"],
    ["is back when it moved", session, { footing: "error@0" }, "open"],
    ["is back when it moved, its time or not", session, { footing: "error@0", until: NOW + 1 }, "open"],
    ["is acknowledged until it moves", session, { kind: "acknowledged" }, "acknowledged"],
    ["and back then", session, { kind: "acknowledged", footing: "error@0" }, "open"],
    ["is a question that is put off", question, { footing: "asked", until: NOW + 1 }, "snoozed"],
    ["is a question that nobody can acknowledge", question, { footing: "asked", kind: "acknowledged" }, "open"],
    ["is a question that nobody can put off for good", question, { footing: "asked" }, "open"],
    ["nor for years", question, { footing: "asked", until: NOW + MOST_SNOOZE_MS + 1 }, "open"],
  ])("%s", (_what, item, changes, state) => {
    const note: Note = { kind: "snoozed", footing: "error@1", until: null, ...changes };
    expect(notedState(item, note, NOW)).toBe(state);
  });

  it("is open for everybody else", () => {
    expect(notedState(session, undefined, NOW)).toBe("open");
  });
});

const anyNote: fc.Arbitrary<Note> = fc.record({
  kind: fc.constantFrom("snoozed", "acknowledged"),
  footing: fc.constantFrom("asked", "error@1", "error@2"),
  until: fc.option(fc.integer({ min: 0, max: 10 * NOW })),
});

// I27
describe("whatever is noted", () => {
  it("a question is back after seven days at the latest", () => {
    fc.assert(
      fc.property(anyNote, fc.nat(10 * NOW), (note, now) => {
        const states = [now, now + MOST_SNOOZE_MS].map((at) => notedState(question, note, at));
        expect(states).toContain("open");
      }),
    );
  });

  it("an item that moved is open", () => {
    fc.assert(
      fc.property(anyNote, fc.nat(10 * NOW), (note, now) => {
        expect(notedState({ about: "session", footing: "error@3" }, note, now)).toBe("open");
      }),
    );
  });

  it("time alone hides nothing", () => {
    fc.assert(
      fc.property(anyNote, fc.nat(NOW), fc.nat(NOW), (note, now, later) => {
        fc.pre(notedState(session, note, now) === "open");
        expect(notedState(session, note, now + later)).toBe("open");
      }),
    );
  });
});
