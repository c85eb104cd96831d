import { describe, expect, test } from "vitest";
import { blemishesOf, callsOf, readMarkdown } from "../../src/index.ts";

const ANN = "600000000000000001";

describe("Discord's mark-up, as the double reads it", () => {
  test.each<[string, string, object]>([
    ["plain words", "a b", { text: "a b", links: [], marks: [] }],
    ["what is escaped", String.raw`\*a\* \<b\>`, { text: "*a* <b>", links: [], marks: [] }],
    ["code", "```\n*a* https://x.example\n```", { text: "*a* https://x.example", links: [], marks: [] }],
    ["a fence that never closes", "```\na", { marks: ["```", "`", "`", "`"] }],
    ["bold words", "**a**", { marks: ["*", "*", "*", "*"] }],
    ["a head", "x\n# a", { marks: ["# "] }],
    ["a list", "1. a", { marks: ["1. "] }],
    ["an address", "see https://x.example/a_b", { links: ["https://x.example/a_b"] }],
    ["an address that is escaped", String.raw`https\://x.example`, { text: "https://x.example", links: [] }],
    ["a mention", `<@${ANN}>`, { mentions: [ANN] }],
    ["a mention that is escaped", String.raw`\<@600000000000000001\>`, { text: `<@${ANN}>`, mentions: [], marks: [] }],
  ])("%s", (_, source, expected) => {
    expect(readMarkdown(source)).toMatchObject(expected);
  });

  test.each<[string, string, unknown, readonly string[]]>([
    ["everybody who is named, where nothing is said of it", `@everyone <@${ANN}>`, undefined, [ANN, "everyone"]],
    ["nobody, where nobody may be", `@everyone <@${ANN}>`, { parse: [] }, []],
    ["whoever may be", `<@${ANN}> <@600000000000000002>`, { parse: [], users: [ANN] }, [ANN]],
    ["nobody who is not named", "hi", { parse: [], users: [ANN] }, []],
    ["roles by their kind", "<@&700000000000000001>", { parse: ["roles"] }, ["700000000000000001"]],
    ["whoever is named behind an escape", String.raw`\<@600000000000000001>`, { parse: ["users"] }, [ANN]],
  ])("calls %s", (_, content, allowed, expected) => {
    expect(callsOf(content, allowed)).toEqual(expected);
  });

  test("what people would be sorry for is noted, and an address that is told to be quiet is not", () => {
    expect(blemishesOf("https://x.example", [{ description: "_a_", footer: { text: "_b_" } }], 0)).toEqual([
      "unfurls https://x.example",
      "mark-up: _",
      "mark-up: _",
    ]);
    expect(blemishesOf("https://x.example", [], 4)).toEqual([]);
  });
});
