import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const TESTS = "{packages,apps}/*/test/**/*.test.ts";

/** The points of the section, as they are written. */
function points(): readonly string[] {
  const text = readFileSync(path.join(ROOT, "ARCHITECTURE.md"), "utf8");
  const [, section = ""] = /^## Invariants\n(.*?)^## /ms.exec(text) ?? [];
  return section.split(/^- /m).slice(1);
}

const numbers = (): readonly string[] => points().flatMap((point) => /^\*\*(I\d+)\*\* /.exec(point)?.[1] ?? []);

/** Where a test says that it holds an invariant, by the invariant's number. */
function named(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const file of globSync(TESTS, { cwd: ROOT, exclude: ["**/node_modules/**"] })) {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    for (const [, list = ""] of text.matchAll(/^ *\/\/ (I\d+(?:, I\d+)*)\n *(?:describe|it|test)\b/gm))
      for (const number of list.split(", ")) found.set(number, [...(found.get(number) ?? []), file]);
  }
  return found;
}

describe("the invariants of ARCHITECTURE.md", () => {
  it("are numbered, each by the number after the one before", () => {
    expect(points().length).toBeGreaterThan(10);
    expect(numbers()).toEqual(points().map((_, index) => `I${index + 1}`));
  });

  it("are each held by a unit test that says its number", () => {
    const tests = named();
    expect(numbers().filter((number) => !tests.has(number))).toEqual([]);
  });

  it("are all that tests say to hold", () => {
    const known = new Set(numbers());
    expect([...named()].filter(([number]) => !known.has(number))).toEqual([]);
  });
});
