import { expect, inject, test } from "vitest";
import { Random } from "../chaos/random.ts";
import { runCapped, runShort } from "./run-budgets.ts";

/** `npm run budgets` does many, with faults by chance. */
const RUN_MS = 300_000;

test(
  "a cap over four sessions on two nodes stops them within a step each, though the supervisor died",
  { timeout: RUN_MS },
  async () => {
    const { problems } = await runCapped(
      inject("opencode"),
      { programs: ["supervisor"], at: 0.6, isLong: true },
      new Random(1),
    );
    expect(problems).toEqual([]);
  },
);

test("a cap over many short sessions is spent before one is refused", { timeout: RUN_MS }, async () => {
  const { problems } = await runShort(inject("opencode"));
  expect(problems).toEqual([]);
});
