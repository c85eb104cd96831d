import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { patience } from "../src/patience.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

it("is over after its time, and not before", () => {
  const onOver = vi.fn();
  patience(800, onOver);
  vi.advanceTimersByTime(799);
  expect(onOver).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(onOver).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(10_000);
  expect(onOver).toHaveBeenCalledOnce();
});

it("is never over where somebody disposed of it", () => {
  const onOver = vi.fn();
  const waiting = patience(800, onOver);
  vi.advanceTimersByTime(700);
  waiting[Symbol.dispose]();
  vi.advanceTimersByTime(10_000);
  expect(onOver).not.toHaveBeenCalled();
});

it("counts little of the time in which the process was held up", () => {
  const onOver = vi.fn();
  patience(800, onOver);
  for (let turn = 1; turn < 8; turn += 1) {
    // a minute passes, and then each timer that is due runs once
    vi.setSystemTime(turn * 60_000);
    vi.advanceTimersToNextTimer();
    expect(onOver).not.toHaveBeenCalled();
  }
  vi.advanceTimersToNextTimer();
  expect(onOver).toHaveBeenCalledOnce();
});
