import { expect, inject, test } from "vitest";
import type { FuzzOptions, FuzzReport } from "./fuzz.ts";
import { fuzzWithHostileAgents } from "./hostile-agent.ts";
import { fuzzWithHostileSupervisor } from "./hostile-supervisor.ts";
import { fuzzWithWritingModel } from "./writing-model.ts";

/** Fixed, so that a failure is the change's and not chance's; `npm run fuzz` takes another one each time, and minutes. */
const SEED = 9;
const DURATION_MS = 4_000;

test.for<[string, (options: FuzzOptions) => Promise<FuzzReport>]>([
  ["agent", fuzzWithHostileAgents],
  ["supervisor", fuzzWithHostileSupervisor],
  ["model", fuzzWithWritingModel],
])("a hostile %s breaks nothing, touches nobody else's session and steers no terminal", async ([, fuzz]) => {
  const options = {
    opencode: inject("opencode"),
    seed: SEED,
    durationMs: DURATION_MS,
    say: () => undefined,
    isBrief: true,
  };
  const { said, problems } = await fuzz(options);
  expect(problems).toEqual([]);
  expect(Object.keys(said).length).toBeGreaterThan(3);
});
