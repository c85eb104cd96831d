import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { printLogOnFailure } from "../harness/print-log-on-failure.ts";
import { Handovers, type Pair } from "./run-handovers.ts";

/** Fixed, so that a failure is the change's and not chance's; `npm run handovers` has every pair, and takes another seed each time. */
const SEED = 5;
const ROUND_MS = 240_000;

const ROUNDS: readonly Pair[] = [
  { step: "handover", program: "opencode" },
  { step: "create", program: "agent" },
  { step: "end", program: "supervisor" },
];

// I25
describe("a restart in the middle of which a program is killed", () => {
  let handovers: Handovers;
  printLogOnFailure(() => handovers?.stage);

  beforeAll(async () => {
    handovers = await Handovers.open({ opencode: inject("opencode"), seed: SEED });
  });
  afterAll(() => handovers[Symbol.asyncDispose]());

  for (const pair of ROUNDS)
    test(
      `leaves one session, and nothing is lost: ${pair.program} killed at ${pair.step}`,
      { timeout: ROUND_MS },
      async () => {
        expect(await handovers.round(pair)).toEqual([]);
      },
    );

  describe("a restart that somebody meddled with is found wrong", () => {
    const directory = (): string => encodeURIComponent(handovers.agent.directoryOf("engine"));

    test("when there is another session beside the one that goes on", async () => {
      await handovers.agent.opencode().post(`/session?directory=${directory()}`, { title: "another" });
      expect(await handovers.judge()).toContainEqual(expect.stringMatching(/^opencode has 2 live sessions/));
    });

    test("when the conversation of the old one is gone", async () => {
      await handovers.agent.opencode().deleteSession(handovers.lastOld);
      await expect(handovers.judge()).resolves.toContainEqual(expect.stringMatching(/is gone from opencode$/));
    });
  });
});
