import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Directive, parseScript } from "../src/script.ts";

describe("a prompt's script", () => {
  test.each<[string, readonly Directive[]]>([
    ["hello", []],
    ["[[say: forty-two]]", [{ kind: "say", text: "forty-two" }]],
    [
      "first [[say: a]] then [[ say : b ]]",
      [
        { kind: "say", text: "a" },
        { kind: "say", text: "b" },
      ],
    ],
    ["[[say: two\nlines]]", [{ kind: "say", text: "two\nlines" }]],
    [
      "[[slow: 3]] [[words: 10]]",
      [
        { kind: "slow", ticks: 3 },
        { kind: "words", count: 10 },
      ],
    ],
    ["[[error: 401]]", [{ kind: "error", status: 401 }]],
    ["[[429: 2]]", [{ kind: "limit", retryAfterSeconds: 2 }]],
    ["[[drop]][[hang]][[overflow]]", [{ kind: "drop" }, { kind: "hang" }, { kind: "overflow" }]],
    ["[[dance: all night]]", []],
    ["[[say: never closed", []],
    ["a list [[1, 2], [3]] and [[say: more]]", [{ kind: "say", text: "more" }]],
  ])("%j says what to do", (prompt, directives) => {
    expect(parseScript(prompt).directives).toEqual(directives);
  });

  test("a tool call ends where its brackets balance, whatever its strings hold", () => {
    const args = { questions: [{ options: [["]]"], ['a "quoted" ]] text']] }] };
    const { directives } = parseScript(`[[tool: question ${JSON.stringify(args)}]] [[say: thanks]]`);
    expect(directives).toEqual([
      { kind: "tools", calls: [{ name: "question", args: JSON.stringify(args) }] },
      { kind: "say", text: "thanks" },
    ]);
  });

  test("any JSON survives as the arguments of a tool", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (args) => {
        const json = JSON.stringify(args);
        fc.pre(!json.includes(" && "));
        expect(parseScript(`[[tool: bash ${json}]]`).directives).toEqual([
          { kind: "tools", calls: [{ name: "bash", args: json }] },
        ]);
      }),
    );
  });

  test("tools that are joined are called at once", () => {
    expect(parseScript('[[tool: read {"a": 1} && bash {"command": "ls && pwd"}]]').directives).toEqual([
      {
        kind: "tools",
        calls: [
          { name: "read", args: '{"a": 1}' },
          { name: "bash", args: '{"command": "ls && pwd"}' },
        ],
      },
    ]);
  });

  test("usage is no step of the script; what it leaves out is zero", () => {
    expect(parseScript("[[usage: in=10000 out=1000 cached=4000 reasoning=200]] [[say: x]]")).toEqual({
      directives: [{ kind: "say", text: "x" }],
      usage: { input: 10_000, output: 1_000, cached: 4_000, reasoning: 200 },
    });
    expect(parseScript("[[usage: out=5]]").usage).toEqual({ input: 0, output: 5, cached: 0, reasoning: 0 });
  });

  test("no text breaks it", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        // what ends nowhere, and what nobody knows, is no directive
        expect(parseScript(`[[${text.replaceAll("]]", "")}`).directives).toEqual([]);
        expect(parseScript(`[[unknown: ${text.replaceAll(/[[\]{}"]/g, "")}]] [[say: x]]`).directives).toEqual([
          { kind: "say", text: "x" },
        ]);
      }),
    );
  });
});
