import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapedEnd, escapedStart, escapeSlack, unescapeSlack } from "../../src/slack/escape-slack.ts";
import { readSlackText, splitSlackWords, withoutMention } from "../../src/slack/read-slack.ts";

describe("what somebody wrote on Slack", () => {
  test.each([
    ["a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"],
    ["<@U1|ann> and <@U2>", "@ann and @U2"],
    ["<#C1|dev> <#C2>", "#dev #C2"],
    ["<!here> <!channel|@channel> <!subteam^S1|@ops>", "@here @@channel @ops"],
    ["<https://example.com>", "https://example.com"],
    ["<http://example.com|example.com>", "example.com"],
    ["<https://example.com/a|click here>", "click here (https://example.com/a)"],
    ["<mailto:a@example.com|a@example.com>", "a@example.com"],
    ["<!date^1700000000^{time}|then>", "then"],
    ["no > sign < at all", "no > sign < at all"],
  ])("%s", (written, read) => {
    expect(readSlackText(written)).toBe(read);
  });

  test.each<[string, readonly string[]]>([
    ["  start   web\tfix it ", ["start", "web", "fix", "it"]],
    ["say “no” ‘never’", ["say", '"no"', "'never'"]],
    ["start web —model x –agent y — z", ["start", "web", "--model", "x", "--agent", "y", "—", "z"]],
    ["", []],
  ])("in words: %j", (written, words) => {
    expect(splitSlackWords(written)).toEqual(words);
  });

  test("without the mention by which it began", () => {
    expect(withoutMention("<@U0HAL> status <@U1>", "U0HAL")).toBe("status <@U1>");
    expect(withoutMention("hi <@U0HAL|hal> status", "U0HAL")).toBe("hi  status");
  });
});

describe("a text in mark-up", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(unescapeSlack(escapeSlack(text))).toBe(text);
      }),
    );
  });

  test("is cut between signs, never in one, and says so", () => {
    const text = fc
      .array(fc.constantFrom("&", "<", ">", "a", "é", "👩‍👩‍👧‍👦", "\n"), { maxLength: 200 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 300 }), (one, most) => {
        for (const cut of [escapedEnd(one, most), escapedStart(one, most)]) {
          expect(cut.length).toBeLessThanOrEqual(most);
          expect(cut.isWellFormed()).toBe(true);
          expect(cut.replaceAll(/&(amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
          expect(cut === escapeSlack(one) || cut.includes("…")).toBe(true);
        }
      }),
    );
  });
});
