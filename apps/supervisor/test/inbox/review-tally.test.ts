import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnswerFact, ReviewTally } from "../../src/capabilities/inbox/domain/review-tally.ts";
import { writtenFiles } from "../../src/capabilities/inbox/domain/written-files.ts";

const answer = (changes: Partial<AnswerFact> = {}): AnswerFact => ({
  nodeId: "n",
  sessionId: "ses_a",
  project: "p",
  messageId: "msg_1",
  costMicroUsd: 10,
  tokens: 3,
  ...changes,
});
const own = (): undefined => undefined;

describe("what is added up", () => {
  it("is for each root session, with what its children did", () => {
    const tally = new ReviewTally();
    tally.answer(answer());
    tally.answer(answer({ sessionId: "ses_kid", messageId: "msg_2", costMicroUsd: 5 }));
    tally.wrote({ nodeId: "n", id: "ses_kid", project: "p" }, ["a.ts", "b.ts"]);
    tally.wrote({ nodeId: "n", id: "ses_a", project: "p" }, ["a.ts"]);
    tally.seen({ nodeId: "n", id: "ses_b", project: "q" });
    const roots = tally.byRoot((key) => (key === "n/ses_kid" ? "ses_a" : undefined));
    expect(
      roots.map(({ id, costMicroUsd, tokens, answers, files }) => [id, costMicroUsd, tokens, answers, [...files]]),
    ).toEqual([
      ["ses_a", 15, 6, 2, ["a.ts", "b.ts"]],
      ["ses_b", 0, 0, 0, []],
    ]);
  });

  it("counts an interaction by its newest ending", () => {
    const tally = new ReviewTally();
    for (const key of ["1", "2", "3"]) tally.asked(key);
    tally.closed("1", "answered");
    tally.closed("2", "by_rule");
    tally.closed("3", "expired");
    tally.closed("3", "answered");
    expect(tally.interactions).toEqual({ asked: 3, answered: 2, by_rule: 1, expired: 0 });
  });

  it("is the same for any order and repetition of what is told", () => {
    const anyAnswer = fc.record(
      {
        nodeId: fc.constantFrom("n", "m"),
        sessionId: fc.constantFrom("ses_a", "ses_b"),
        project: fc.constant("p"),
        messageId: fc.constantFrom("msg_1", "msg_2", "msg_3"),
      },
      { noNullPrototype: true },
    );
    // an answer costs what it costs, whoever tells it
    const priced = ({ sessionId, messageId, ...rest }: Omit<AnswerFact, "costMicroUsd" | "tokens">): AnswerFact => ({
      ...rest,
      sessionId,
      messageId,
      costMicroUsd: `${sessionId}${messageId}`.length + Number(messageId.slice(4)),
      tokens: 1,
    });
    const total = (answers: readonly AnswerFact[]): readonly [number, number] => {
      const tally = new ReviewTally();
      for (const one of answers) tally.answer(one);
      const roots = tally.byRoot(own);
      const sum = (of: "costMicroUsd" | "answers"): number => roots.reduce((all, root) => all + root[of], 0);
      return [sum("costMicroUsd"), sum("answers")];
    };
    fc.assert(
      fc.property(fc.array(anyAnswer), (list) => {
        const answers = list.map(priced);
        const once = total(answers);
        expect(total([...answers, ...answers.toReversed()])).toEqual(once);
        expect(once[1]).toBe(new Set(list.map(({ sessionId, messageId }) => `${sessionId}/${messageId}`)).size);
      }),
    );
  });
});

describe("the files that a call wrote", () => {
  const patch = "*** Begin Patch\n*** Update File: src/a.ts\n*** Move to: src/b.ts\n@@\n-x\n+y\n*** Add File: c.ts\n+z";

  it.each<[what: string, tool: string, title: string, input: string, files: string[]]>([
    [
      "by their path, below the directory of the project",
      "write",
      "new.txt",
      '{"filePath":"/srv/p/new.txt","content":"x"}',
      ["new.txt"],
    ],
    ["as they are elsewhere", "edit", "x", '{"filePath":"/etc/hosts"}', ["/etc/hosts"]],
    ["of an input that was cut", "write", "x", '{"filePath":"/srv/p/a \\"b\\".txt","content":"xxxx', ['a "b".txt']],
    ["by the title where the input says none", "write", "src/new.txt", "{}", ["src/new.txt"]],
    [
      "as a patch names them",
      "apply_patch",
      "x",
      JSON.stringify({ patchText: patch }),
      ["src/a.ts", "src/b.ts", "c.ts"],
    ],
    ["not, where nothing names them", "edit", "", "nonsense", []],
  ])("are named %s", (_what, tool, title, input, files) => {
    expect(writtenFiles({ tool, title, input }, "/srv/p")).toEqual(files);
  });

  it("never fail to be looked for, and take no long time", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom("write", "apply_patch"), (title, input, tool) => {
        expect(Array.isArray(writtenFiles({ tool, title, input: `{"filePath":"${input}` }, undefined))).toBe(true);
      }),
    );
    const long = `{"filePath":"${"\\\\".repeat(100_000)}`;
    expect(writtenFiles({ tool: "write", title: "t", input: long }, "/srv")).toHaveLength(1);
  });
});
