import { expect, test } from "vitest";
import { rawCharacterIn } from "./raw-bytes.ts";

test("plain words of any language, lines and tabs are fine", () => {
  expect(rawCharacterIn("a line\r\n\tanother: 日本語 العربية é “…” ✓ 👍\n")).toBeUndefined();
});

test.each([
  "\u001B",
  "\u009B",
  "\u0007",
  "\0",
  "\u007F",
  "\u202E",
  "\u2066",
  "\u200B",
  "\u2028",
  "\uFEFF",
  "\uE001",
  "\u{E0041}",
])("%j is found, and where it stands", (character) => {
  expect(rawCharacterIn(`before ${character} behind`)).toMatch(/^U\+[0-9A-F]+ in ".*before/);
});
