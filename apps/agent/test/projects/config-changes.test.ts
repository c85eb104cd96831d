import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigChanges, type UnreadFile } from "../../src/capabilities/projects/domain/config-changes.ts";

const MINUTE = 60_000;
const file = (changedAt: number | undefined, name = "/srv/p/opencode.json"): UnreadFile => ({ file: name, changedAt });

describe("a file that opencode could not read", () => {
  it.each<[string, number | undefined, boolean]>([
    ["was changed before the run began", 99, false],
    ["was changed when the run began", 100, false],
    ["was changed since", 101, true],
    ["is gone", undefined, true],
  ])("and that %s: %j", (_how, changedAt, expected) => {
    expect(new ConfigChanges().due([file(changedAt)], 100, 0)).toEqual(expected ? [file(changedAt)] : []);
  });

  it.each([101, 5_000_000, undefined])("is read once for each change, whatever its time is: %j", (changedAt) => {
    const changes = new ConfigChanges();
    changes.take(changes.due([file(changedAt)], 100, 0), 0);
    expect(changes.due([file(changedAt)], 200, 99 * MINUTE)).toEqual([]);
    const later = file(6_000_000);
    expect(changes.due([later], 200, 99 * MINUTE)).toEqual([later]);
  });

  it("is read once more after a minute, then after two, four, eight and sixteen minutes, where it is changed and still broken", () => {
    const changes = new ConfigChanges();
    let now = 0;
    changes.take([file(999)], now);
    for (const [index, minutes] of [1, 2, 4, 8, 16, 16, 16].entries()) {
      const changed = [file(1_000 + index)];
      expect([minutes, changes.due(changed, 100, now + minutes * MINUTE - 1)]).toEqual([minutes, []]);
      now += minutes * MINUTE;
      expect([minutes, changes.due(changed, 100, now)]).toEqual([minutes, changed]);
      changes.take(changed, now);
    }
  });

  it("is waited for as one that was never broken, once it was read", () => {
    const changes = new ConfigChanges();
    changes.take([file(101)], 0);
    changes.take([file(102)], MINUTE);
    expect(changes.due([], 200, 2 * MINUTE)).toEqual([]);
    expect(changes.due([file(300)], 200, 2 * MINUTE)).toEqual([file(300)]);
  });

  it("is read with every other one that was changed, though its own time has not come", () => {
    const changes = new ConfigChanges();
    changes.take([file(101)], 0);
    changes.take([file(102)], MINUTE);
    const both = [file(103), file(104, "/srv/q/opencode.json")];
    expect(changes.due([file(103)], 100, 2 * MINUTE)).toEqual([]);
    expect(changes.due(both, 100, 2 * MINUTE)).toEqual(both);
  });

  it("never makes two runs begin within a minute, and none for a change that was read", () => {
    const changedAt = fc.option(fc.nat(9), { nil: undefined });
    const step = fc.record({ afterMs: fc.nat(2 * MINUTE), a: changedAt, b: changedAt });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const changes = new ConfigChanges();
        let [now, taken] = [0, Number.NEGATIVE_INFINITY];
        const read = new Map<string, UnreadFile>();
        for (const { afterMs, a, b } of steps) {
          now += afterMs;
          const due = changes.due([file(a, "/a"), file(b, "/b")], 3, now);
          if (due.length === 0) continue;
          expect(now - taken).toBeGreaterThanOrEqual(MINUTE);
          for (const one of due) expect(read.get(one.file)).not.toEqual(one);
          for (const one of due) read.set(one.file, one);
          changes.take(due, now);
          taken = now;
        }
      }),
    );
  });
});
