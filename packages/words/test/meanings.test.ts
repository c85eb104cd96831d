import {
  COMMAND_STATES,
  ERROR_CODES,
  EVENT_TYPES,
  InteractionView,
  NodeView,
  NOTICE_STATES,
  OCCASION_STATES,
  SESSION_STATUSES,
  TARGET_STATES,
} from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { allMeanings, meaningsOf } from "../src/index.ts";

describe("meanings", () => {
  it.each<[string, readonly string[]]>([
    ["session", SESSION_STATUSES],
    ["session", ["stuck", "looping"]],
    ["node", NodeView.entries.status.options],
    ["command", COMMAND_STATES],
    ["interaction", InteractionView.entries.state.options],
    ["occasion", OCCASION_STATES],
    ["target", TARGET_STATES],
    ["notice", NOTICE_STATES],
    ["event", EVENT_TYPES],
    ["error", ERROR_CODES],
  ])("there is one of each %s word", (of, words) => {
    const known = allMeanings().filter((one) => one.of === of);
    expect(words.filter((word) => !known.some((one) => one.word === word))).toEqual([]);
  });

  it("are sentences, and what to do next is not", () => {
    for (const { text, next } of allMeanings()) {
      expect(text).toMatch(/^[A-Zo].*\.$/);
      expect(next ?? "none").toMatch(/^[a-z].*[^.]$/);
    }
  });

  it("are several where a word stands for several things", () => {
    expect(meaningsOf("expired").map(({ of }) => of)).toEqual(["command", "interaction", "error"]);
    expect(meaningsOf("constructor")).toEqual([]);
  });
});
