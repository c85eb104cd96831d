import type { Logger } from "@hal/daemon";
import { expect, it } from "vitest";
import { ClockJumps } from "../../src/capabilities/budgets/clock-jumps.ts";

it("a clock that was put forward or back is said, and one that goes on is not", () => {
  let [now, monotonic] = [1_000_000, 0];
  const said: number[] = [];
  const log = { warn: ({ by_ms }: { by_ms: number }) => void said.push(by_ms) } as unknown as Logger;
  const jumps = new ClockJumps({ now: () => now, monotonic: () => monotonic }, log);
  const pass = (wallMs: number, realMs: number): void => {
    now += wallMs;
    monotonic += realMs;
    jumps.look();
  };
  pass(1_000, 1_000);
  pass(3_600_000, 3_600_000);
  pass(86_400_000, 1_000);
  pass(-86_400_000, 1_000);
  pass(1_000, 1_000);
  expect(said).toEqual([86_399_000, -86_401_000]);
});
