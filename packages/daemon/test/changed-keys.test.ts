import { expect, it } from "vitest";
import { changedKeys } from "../src/changed-keys.ts";

it("names keys that differ by their paths, also those that came or went, and a list as one", () => {
  const before = { a: { b: 1, list: ["x"], same: [1] }, gone: true, same: { c: null } };
  const after = { a: { b: 2, list: ["x", "y"], same: [1] }, same: { c: null }, came: { d: 1 } };
  expect(changedKeys(before, after).toSorted()).toEqual(["a.b", "a.list", "came", "gone"]);
  expect(changedKeys(before, structuredClone(before))).toEqual([]);
});

it("names a section as one whose keys are somebody's own names", () => {
  const [before, after] = [
    { of: { web: { on: ["api"] } }, b: 1 },
    { of: { web: { on: ["api"] }, ios: {} }, b: 1 },
  ];
  expect(changedKeys(before, after, new Set(["of"]))).toEqual(["of"]);
  expect(changedKeys(before, structuredClone(before), new Set(["of"]))).toEqual([]);
});

it("tells a value from a section", () => {
  expect(changedKeys({ a: { b: 1 } }, { a: "text" })).toEqual(["a"]);
});
