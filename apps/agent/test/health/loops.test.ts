import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical } from "../../src/capabilities/health/domain/arguments.ts";
import { type Call, LOOP_CALLS, LOOP_ERRORS, Loops } from "../../src/capabilities/health/domain/loops.ts";

/** Calls as `tool args status`, each with an id of its own; `!` is a turn that failed, `.` one that ended. */
function loopOf(...signals: readonly string[]): Loops["loop"] {
  const loops = new Loops();
  for (const [index, signal] of signals.entries()) {
    const [tool = "", args = "", status = "completed"] = signal.split(" ");
    if (signal === "!") loops.turnFailed(index);
    else if (signal === ".") loops.turnEnded();
    else loops.called({ id: `call_${index}`, tool, args, status: status as Call["status"] }, index);
  }
  return loops.loop;
}

const times = (count: number, signal: string): string[] => Array.from({ length: count }, () => signal);

describe("a loop of calls", () => {
  it("is told from the fifth identical call in a row on, since the first of them", () => {
    expect(LOOP_CALLS).toBe(5);
    expect(loopOf("read a", ...times(4, "bash x"))).toBeUndefined();
    expect(loopOf("read a", ...times(5, "bash x"))).toEqual({ since: 1, kind: "same_call", tool: "bash", count: 5 });
    expect(loopOf(...times(9, "bash x"))).toMatchObject({ count: 9 });
  });

  it("ends when something else comes: another tool, other arguments, the end of the turn", () => {
    for (const other of ["read x", "bash y", ".", "!"]) expect(loopOf(...times(7, "bash x"), other)).toBeUndefined();
    expect(loopOf(...times(4, "bash x"), "bash y", "bash x")).toBeUndefined();
  });
});

describe("a loop of errors", () => {
  it("is told from the third failure of one tool in a row on, whatever it was called with", () => {
    expect(LOOP_ERRORS).toBe(3);
    expect(loopOf("edit a error", "edit b error")).toBeUndefined();
    const loop = { since: 0, kind: "errors", tool: "edit", count: 3 };
    expect(loopOf("edit a error", "edit b error", "edit c error")).toEqual(loop);
    // the next try has no outcome yet
    expect(loopOf("edit a error", "edit b error", "edit c error", "edit d running")).toEqual(loop);
    for (const other of ["edit d completed", "bash x running", "bash x error", "."])
      expect(loopOf("edit a error", "edit b error", "edit c error", other)).toBeUndefined();
  });

  it("is told from the third turn in a row on that failed by itself", () => {
    expect(loopOf("!", "!")).toBeUndefined();
    expect(loopOf("!", "bash x", "!", "!")).toEqual({ since: 0, kind: "errors", count: 3 });
    expect(loopOf("!", "!", "!", ".")).toBeUndefined();
    expect(loopOf("!", "!", ".", "!")).toBeUndefined();
  });
});

it("a call that is heard of again, in any later state, counts once", () => {
  const call = fc.record({
    tool: fc.constantFrom("bash", "read"),
    args: fc.constantFrom("x", "y"),
    status: fc.constantFrom<Call["status"][]>("completed", "error"),
    repeats: fc.nat({ max: 3 }),
    wasRunning: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const [once, often] = [new Loops(), new Loops()];
      for (const [index, { tool, args, status, repeats, wasRunning }] of calls.entries()) {
        const one = { id: `call_${index}`, tool, args, status };
        once.called(one, index);
        if (wasRunning) often.called({ ...one, status: "running" }, index);
        for (let count = 0; count <= repeats; count += 1) often.called(one, index);
        // what is heard late of one that has ended says nothing
        often.called({ ...one, status: "running" }, index + 1);
      }
      expect(often.loop).toEqual(once.loop);
    }),
  );
});

it("a loop is told of identical calls, or of failures of one tool, at the end of all calls and of nothing else", () => {
  const call = fc.record({
    tool: fc.constantFrom("bash", "read"),
    args: fc.constantFrom("x", "y"),
    status: fc.constantFrom<Call["status"][]>("completed", "error"),
  });
  const atEnd = <T>(all: readonly T[], isSame: (one: T) => boolean): number => {
    const other = all.findLastIndex((one) => !isSame(one));
    return all.length - 1 - other;
  };
  fc.assert(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const loops = new Loops();
      for (const [index, one] of calls.entries()) loops.called({ id: `call_${index}`, ...one }, index);
      const last = calls.at(-1);
      const same = atEnd(calls, ({ tool, args }) => tool === last?.tool && args === last.args);
      const failed =
        last?.status === "error" ? atEnd(calls, (one) => one.tool === last.tool && one.status === "error") : 0;
      const expected =
        same >= LOOP_CALLS
          ? { kind: "same_call", count: same }
          : failed >= LOOP_ERRORS
            ? { kind: "errors", count: failed }
            : undefined;
      const { kind, count } = loops.loop ?? {};
      expect(loops.loop === undefined ? undefined : { kind, count }).toEqual(expected);
    }),
  );
});

it("arguments are the same however their fields are ordered, and others are not", () => {
  expect(canonical({ b: [1, { d: null, c: "x" }], a: true })).toBe(canonical({ a: true, b: [1, { c: "x", d: null }] }));
  expect(canonical({ a: ["b", "c"] })).not.toBe(canonical({ a: ["c", "b"] }));
  expect(canonical({ "a:1,b": 2 })).not.toBe(canonical({ a: 1, b: 2 }));
  const deep = (depth: number): unknown => (depth === 0 ? 1 : { a: deep(depth - 1) });
  expect(canonical(deep(5_000)).length).toBeLessThan(1_000);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
      const turned = Object.fromEntries(Object.entries(fields).toReversed());
      expect(canonical(turned)).toBe(canonical(fields));
    }),
  );
});
