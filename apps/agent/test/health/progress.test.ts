import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { progressOf } from "../../src/capabilities/health/domain/progress.ts";
import {
  lookAtProgress,
  type ProgressMemory,
  type ProgressNews,
  readProgressMemory,
} from "../../src/capabilities/health/domain/progress-memory.ts";

describe("what a progress file says", () => {
  it.each([
    ["Status: completed\n", "completed"],
    ["# Progress\n\n- **Status:** Completed\n", "completed"],
    ["**Status**: `completed`", "completed"],
    ["---\nstatus: COMPLETED\n---\n# The engine\r\n", "completed"],
    ["## Status: completed\n", "completed"],
    ["> Status : completed\n", "completed"],
    ["Status: in progress\nStatus: completed\n", "open"],
    ["Status: completed, but for the tests\n", "open"],
    ["Status: not completed\n", "open"],
    ["Status: complete\n", "open"],
    ["Status:\n", "open"],
    ["```\nStatus: completed\n```\n", "unsaid"],
    ["```\nStatus: completed\n```\nStatus: in progress\n", "open"],
    ["<!-- Status: completed -->\n", "unsaid"],
    ["All is completed.\nThe status: completed\n", "unsaid"],
    ["    Status: completed\n", "unsaid"],
    ["", "unsaid"],
  ])("%j is %s", (text, state) => {
    expect(progressOf(text).state).toBe(state);
  });

  it.each([
    ["# Progress\n## Mend the engine\nStatus: completed", "Mend the engine"],
    ["# **Mend it** #\nStatus: completed", "Mend it"],
    ["# Progress\nStatus: completed", undefined],
    ["## Status: completed\n# Mend it", "Mend it"],
    [`# ${"x".repeat(1_000)}\nStatus: completed`, "x".repeat(200)],
  ])("%j is called %j", (text, title) => {
    expect(progressOf(text)).toEqual({ state: "completed", title });
  });

  it("is one of three things, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        expect(["completed", "open", "unsaid"]).toContain(progressOf(text).state);
      }),
    );
  });
});

const DONE = "Status: completed\n";
const OTHER = "Status: completed\nand more\n";
const OPEN = "Status: in progress\n";

/** What is told of a file that is so, one look after the other; where it is `restart` what was kept is read again. */
function told(...files: readonly (string | undefined)[]): ProgressNews[] {
  let memory: ProgressMemory | undefined;
  let now = 1_000;
  return files.flatMap((text) => {
    now += 1;
    const look = lookAtProgress(memory, text, now);
    memory = readProgressMemory(JSON.parse(JSON.stringify(look.memory)));
    return look.news === undefined ? [] : [look.news];
  });
}

// I29
describe("what is told of a progress file", () => {
  it.each<[what: string, files: (string | undefined)[], types: string[]]>([
    ["what stands there at the first look", [DONE, DONE], []],
    ["one that is new", [undefined, undefined, DONE], ["completed"]],
    ["one that begins to say so, once", [OPEN, DONE, DONE], ["completed"]],
    ["one that says more meanwhile", [OPEN, DONE, OTHER, DONE], ["completed"]],
    ["one that says something else", [OPEN, DONE, OPEN, OPEN], ["completed", "reopened"]],
    ["one that says so again, with the same words", [OPEN, DONE, OPEN, DONE], ["completed", "reopened", "completed"]],
    ["one that is gone for a while", [OPEN, DONE, undefined, DONE], ["completed"]],
    ["one that was changed before it was gone", [OPEN, DONE, OTHER, undefined, OTHER], ["completed"]],
    ["one that is gone and comes as another", [OPEN, DONE, undefined, OTHER], ["completed", "completed"]],
    ["one that says nothing of it any more", [OPEN, DONE, "# Progress\n"], ["completed"]],
    ["one that was completed at the first look, and goes on", [DONE, OPEN], []],
    ["one that was completed at the first look, was gone, and came back", [DONE, undefined, DONE], []],
    ["one that was completed at the first look, went on and is completed", [DONE, OPEN, DONE], ["completed"]],
  ])("%s", (_what, files, types) => {
    expect(told(...files).map(({ type }) => type.replace("task.", ""))).toEqual(types);
  });

  it("is never the same twice, is taken back no more often than it was told, and looking again tells nothing", () => {
    const file = fc.constantFrom(undefined, DONE, OTHER, OPEN, "# Progress\n");
    fc.assert(
      fc.property(fc.array(file, { maxLength: 40 }), (files) => {
        const news = told(...files);
        expect(told(...files.flatMap((one) => [one, one])).map(({ type }) => type)).toEqual(
          news.map(({ type }) => type),
        );
        const keys = news.map(({ type, key }) => `${type}/${key}`);
        expect(new Set(keys).size).toBe(keys.length);
        const before = news.map((_, index) => news[index - 1]?.type);
        const taken = before.filter((_, index) => news[index]?.type === "task.reopened");
        expect(taken.every((type) => type === "task.completed")).toBe(true);
      }),
    );
  });

  it("begins anew where what was kept cannot be read", () => {
    for (const kept of [undefined, null, {}, { state: "done" }, "x"]) expect(readProgressMemory(kept)).toBeUndefined();
  });
});
