import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointSchedule } from "../../src/file/checkpoint-schedule.ts";
import type { CheckpointEnd } from "../../src/file/checkpointer.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MOVED: CheckpointEnd = { kind: "moved", stamp: 1, isWhole: true };

describe("when a checkpoint is due", () => {
  it("is within a minute, however often is asked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 200 }), (steps) => {
        const schedule = new CheckpointSchedule(0);
        let now = 0;
        let last = 0;
        for (const step of steps) {
          now += step;
          if (schedule.due(now, true) !== undefined) last = now;
          expect(now - last).toBeLessThan(MINUTE);
        }
      }),
    );
  });

  it.each<[string, number, boolean, boolean | undefined]>([
    ["is not a moment after the last one", 1_000, true, undefined],
    ["is at once where the last one was not whole", 1_000, false, false],
    ["is after almost a minute, where something was written", 50_000, true, false],
    ["is after an hour, also where nothing was", HOUR, true, true],
  ])("%s", (_name, after, isWhole, isForced) => {
    expect(new CheckpointSchedule(7).due(7 + after, isWhole)?.isForced).toBe(isForced);
  });

  it("does not hurry what failed, whole or not", () => {
    const schedule = new CheckpointSchedule(0);
    schedule.ended(1_000, { kind: "failed", problem: "the disk is full" });
    expect(schedule.due(2_000, false)).toBeUndefined();
    expect(schedule.due(MINUTE, false)).toEqual({ isForced: false });
    schedule.ended(MINUTE, { ...MOVED, isWhole: false });
    expect(schedule.due(MINUTE + 1_000, false)).toEqual({ isForced: false });
  });

  it("counts the hour from what was moved last, and not from what came to nothing", () => {
    const schedule = new CheckpointSchedule(0);
    expect(schedule.due(HOUR, true)).toEqual({ isForced: true });
    schedule.ended(HOUR, { kind: "failed", problem: "the disk is full" });
    expect(schedule.due(HOUR + MINUTE, true)).toEqual({ isForced: true });
    schedule.ended(HOUR + MINUTE, MOVED);
    expect(schedule.due(2 * HOUR, true)).toEqual({ isForced: false });
    schedule.ended(2 * HOUR, { kind: "nothing" });
    expect(schedule.due(2 * HOUR + MINUTE, true)).toEqual({ isForced: true });
  });
});
