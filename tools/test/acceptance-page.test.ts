import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROWS = [
  ...readFileSync(join(ROOT, "docs", "acceptance.md"), "utf8").matchAll(/^\| ([ST]\d+) \|(.*)\|(.*)\|$/gm),
].map(([, item = "", what = "", proof = ""]) => ({
  item,
  what,
  files: [...proof.matchAll(/`([^`]+)`/g)].map(([, file]) => file as string),
}));

const numbered = (letter: string, ...ranges: readonly (readonly [number, number])[]): string[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => `${letter}${from + index}`));

/** What a supervisor, an agent and a terminal can show by themselves. */
const ITEMS = [
  ...numbered("S", [24, 30], [32, 41], [45, 48], [54, 60], [62, 69], [73, 73], [76, 81], [84, 88], [90, 101]),
  ...numbered("T", [1, 6], [10, 11], [16, 16], [21, 25], [28, 29], [31, 31]),
];

describe("docs/acceptance.md", () => {
  it("has each item once", () => {
    expect(ROWS.map(({ item }) => item)).toEqual(ITEMS);
  });

  it("says of each what holds, and by which tests, which are there", () => {
    const isTest = (file: string): boolean => file.endsWith(".test.ts") && existsSync(join(ROOT, file));
    const wanting = ROWS.filter(({ files, what }) => what.trim() === "" || files.length === 0 || !files.every(isTest));
    expect(wanting).toEqual([]);
  });
});
