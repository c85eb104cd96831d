import { describe, expect, test } from "vitest";
import { judgeBlocks, judgeModal } from "../../src/index.ts";

const plain = (text: string) => ({ type: "plain_text", text });
const mark = (text: string) => ({ type: "mrkdwn", text });
const section = (text: string) => ({ type: "section", text: mark(text) });
const button = (more: object = {}) => ({ type: "button", text: plain("Go"), action_id: "go", ...more });
const actions = (...elements: object[]) => ({ type: "actions", elements });

describe("blocks of a message", () => {
  test.each<[string, unknown]>([
    ["none", []],
    ["a section at its limit", [section("x".repeat(3_000))]],
    ["a header at its limit", [{ type: "header", text: plain("x".repeat(150)) }]],
    ["ten fields", [{ type: "section", fields: Array.from({ length: 10 }, () => mark("x".repeat(2_000))) }]],
    ["50 blocks", Array.from({ length: 50 }, () => ({ type: "divider" }))],
    ["25 buttons", [actions(...Array.from({ length: 25 }, (_, index) => button({ action_id: `b${index}` })))]],
    ["one id in two rows", [actions(button()), actions(button())]],
    ["an address", [actions(button({ url: "https://example.com" }))]],
  ])("%s are taken", (_, blocks) => {
    expect(judgeBlocks(blocks)).toEqual([]);
  });

  test.each<[string, unknown, string, string]>([
    ["no list", {}, "/blocks", "must be an array"],
    ["one that there is not", [{ type: "heading" }], "/blocks/0/type", "unsupported type: heading"],
    [
      "a section that is too long",
      [section("x".repeat(3_001))],
      "/blocks/0/text/text",
      "must be less than 3001 characters",
    ],
    ["a text of nothing", [section("")], "/blocks/0/text/text", "must be more than 0 characters"],
    ["a section without anything", [{ type: "section" }], "/blocks/0", "missing required field: text or fields"],
    ["a header in mark-up", [{ type: "header", text: mark("x") }], "/blocks/0/text/type", "unsupported type: mrkdwn"],
    ["51 blocks", Array.from({ length: 51 }, () => ({ type: "divider" })), "/blocks", "no more than 50 items allowed"],
    ["no buttons", [actions()], "/blocks/0/elements", "no fewer than 1 items allowed"],
    [
      "26 buttons",
      [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `b${index}` })))],
      "/blocks/0/elements",
      "no more than 25 items allowed",
    ],
    [
      "a long label",
      [actions(button({ text: plain("x".repeat(76)) }))],
      "/blocks/0/elements/0/text/text",
      "must be less than 76 characters",
    ],
    ["one id twice", [actions(button(), button())], "/blocks/0/elements/1/action_id", "`action_id` go already exists"],
    [
      "a field of somebody's own",
      [{ ...section("x"), color: "red" }],
      "/blocks/0",
      "invalid additional property: color",
    ],
    ["a style", [actions(button({ style: "green" }))], "/blocks/0/elements/0/style", "must be one of: primary, danger"],
    ["no address", [actions(button({ url: "here" }))], "/blocks/0/elements/0/url", "invalid url"],
    [
      "eleven in the small print",
      [{ type: "context", elements: Array.from({ length: 11 }, () => mark("x")) }],
      "/blocks/0/elements",
      "no more than 10 items allowed",
    ],
  ])("%s: refused, with the place", (_, blocks, pointer, message) => {
    expect(judgeBlocks(blocks)).toEqual([{ pointer, message }]);
  });
});

describe("a modal", () => {
  const input = {
    type: "input",
    block_id: "why",
    label: plain("Why"),
    element: { type: "plain_text_input", action_id: "v" },
  };
  const modal = { type: "modal", title: plain("Deny"), submit: plain("Send"), blocks: [input] };

  test.each<[string, object]>([
    ["with a field", modal],
    ["that only says something", { type: "modal", title: plain("Note"), blocks: [section("x")] }],
  ])("%s is taken", (_, view) => {
    expect(judgeModal(view)).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["a long title", { ...modal, title: plain("x".repeat(25)) }, "/title/text"],
    ["no button to send it", { ...modal, submit: undefined }, "/submit"],
    ["too much to remember", { ...modal, private_metadata: "x".repeat(3_001) }, "/private_metadata"],
    ["a long label", { ...modal, blocks: [{ ...input, label: plain("x".repeat(2_001)) }] }, "/blocks/0/label/text"],
  ])("%s: refused", (_, view, pointer) => {
    expect(judgeModal(view).map((one) => one.pointer)).toEqual([pointer]);
  });
});
