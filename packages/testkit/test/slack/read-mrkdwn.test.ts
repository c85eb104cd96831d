import { describe, expect, test } from "vitest";
import { type MrkdwnEffects, readMessage, readMrkdwn } from "../../src/index.ts";

const nothing: MrkdwnEffects = { calls: [], links: [], broken: [] };

describe("mark-up", () => {
  test.each<[string, Partial<MrkdwnEffects>]>([
    ["hello @channel & all", { broken: ["&"] }],
    ["a &lt;!channel&gt; &amp; more", {}],
    ["<!channel> <!here|here>", { calls: ["!channel", "!here"] }],
    ["<@U123|somebody>", { calls: ["@U123"] }],
    ["<!subteam^S1>", { calls: ["!subteam^S1"] }],
    ["<https://example.com|here>", { links: ["https://example.com"] }],
    ["<#C1> <!date^1700000000^{time}|then>", {}],
    ["```<@U1>```", { calls: ["@U1"] }],
    ["``` never closed", { broken: ["```"] }],
    ["a < b", { broken: ["<"] }],
    ["<nobody>", { broken: ["<nobody>"] }],
  ])("%s", (text, effects) => {
    expect(readMrkdwn(text)).toEqual({ ...nothing, ...effects });
  });

  test("in a plain text nobody is called, in the same words as mark-up somebody is, and once", () => {
    const blocks = (type: string) => [{ type: "section", text: { type, text: "<@U1>" } }];
    expect(readMessage("hi", blocks("plain_text"))).toEqual(nothing);
    expect(readMessage("<@U1>", blocks("mrkdwn"))).toEqual({ ...nothing, calls: ["@U1"] });
  });
});
