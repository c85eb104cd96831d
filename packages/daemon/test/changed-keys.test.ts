import { expect, it } from "vitest";
import { changedKeys } from "../src/changed-keys.ts";

it("names keys that differ by their paths, also those that came or went, and a list as one", () => {
  const before = { a: { b: 1, list: ["x"], same: [1] }, gone: true, same: { c: null } };
  const after = { a: { b: 2, list: ["x", "y"], same: [1] }, same: { c: null }, came: { d: 1 } };
  expect(changedKeys(before, after).toSorted()).toEqual(["a.b", "a.list", "came", "gone"]);
  expect(changedKeys(before, structuredClone(before))).toEqual([]);
});

it("tells a value from a section", () => {
  expect(changedKeys({ a: { b: 1 } }, { a: "text" })).toEqual(["a"]);
});
