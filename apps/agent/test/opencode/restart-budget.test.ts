import { expect, it } from "vitest";
import { RestartBudget } from "../../src/opencode/process/domain/restart-budget.ts";

const LIMITS = { starts: 3, withinMs: 1_000, pauseMs: 60_000 };

it("lets a server start as often as it may, then pauses once, and begins to count anew", () => {
  const budget = new RestartBudget(LIMITS);
  expect([0, 1, 2].map((now) => budget.take(now))).toEqual([0, 0, 0]);
  expect(budget.take(3)).toBe(60_000);
  expect([4, 5, 6, 7].map((now) => budget.take(now))).toEqual([0, 0, 0, 60_000]);
});

it("forgets a start when its time is over, to the millisecond", () => {
  const late = new RestartBudget(LIMITS);
  for (const now of [0, 1, 2]) late.take(now);
  expect(late.take(1_000)).toBe(0);
  const soon = new RestartBudget(LIMITS);
  for (const now of [0, 1, 2]) soon.take(now);
  expect(soon.take(999)).toBe(60_000);
});
