import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROWS = [
  ...readFileSync(join(ROOT, "docs", "acceptance.md"), "utf8").matchAll(/^\| ([STP]\d+) \|(.*)\|(.*)\|$/gm),
].map(([, item = "", what = "", proof = ""]) => ({
  item,
  what,
  files: [...proof.matchAll(/`([^`]+)`/g)].map(([, file]) => file as string),
}));

const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly scripts: Record<string, string> })
    .scripts,
);

const numbered = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`);

describe("docs/acceptance.md", () => {
  it("has each item once, and none is missing", () => {
    const items = ROWS.map(({ item }) => item);
    expect(items.filter((item) => !item.startsWith("P"))).toEqual([...numbered("S", 102), ...numbered("T", 32)]);
  });

  it("says of each what holds, and by which tests and commands, which are there, or that it is for an installation to show", () => {
    const isTest = (name: string): boolean => name.endsWith(".test.ts") && existsSync(join(ROOT, name));
    const isCommand = (name: string): boolean => SCRIPTS.some((script) => name === `npm run ${script}`);
    const isToCome = (what: string, name: string): boolean =>
      what.includes("**unit**") && /^(?:deploy\/test\/[\w-]+\.test\.ts|npm run systemd)$/.test(name);
    const wanting = ROWS.filter(
      ({ what, files }) =>
        what.replace("**unit**:", "").trim() === "" ||
        files.length === 0 ||
        !files.every((name) => isTest(name) || isCommand(name) || isToCome(what, name)),
    );
    expect(wanting).toEqual([]);
  });

  it("says of what is open to which part it belongs", () => {
    for (const { item, what } of ROWS.filter((row) => row.what.includes("**open**")))
      expect([item, what]).toEqual([item, expect.stringMatching(/\bbelongs? to the part about \w+/)]);
  });
});
