import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { printLogOnFailure } from "../harness/print-log-on-failure.ts";
import { Answers, type Kill } from "./run-answers.ts";

/** Fixed, so that a failure is the change's and not chance's; `npm run answers` has every kill, and takes another seed each time. */
const SEED = 3;
const ROUND_MS = 240_000;

const ROUNDS: readonly Kill[] = [
  { programs: ["supervisor", "agent"], when: "answering" },
  { programs: ["supervisor"], when: "waiting" },
];

describe("interactions that two surfaces answer at once while programs are killed", () => {
  let answers: Answers;
  printLogOnFailure(() => answers?.stage);

  beforeAll(async () => {
    answers = await Answers.open({ opencode: inject("opencode"), seed: SEED });
  });
  afterAll(() => answers[Symbol.asyncDispose]());

  for (const kill of ROUNDS)
    test(
      `have one answer each, which opencode took once: ${kill.programs.join(" and ")} killed while ${kill.when}`,
      { timeout: ROUND_MS },
      async () => {
        expect(await answers.round(kill)).toEqual([]);
      },
    );

  test("are found wrong where nobody answers, and where the answer is nobody's who is known", async () => {
    const session = await answers.raise("one");
    const { id } = await answers.stage.asked(session);
    const answered = { interactionId: id, sessionId: session, lostAgent: false };
    expect(await answers.judge(answered)).toEqual([
      expect.stringMatching(/^opencode took 0 answers/),
      expect.stringMatching(/is waiting .* and nothing waits$/),
    ]);
    const directory = encodeURIComponent(answers.agent.directoryOf("one"));
    await answers.agent.opencode().post(`/permission/${id}/reply?directory=${directory}`, { reply: "once" });
    await answers.stage.sessionIn(session, "idle");
    expect(await answers.judge(answered)).toEqual([expect.stringMatching(/^nobody is said to have given it/)]);
  });
});
