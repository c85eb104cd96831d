import { expect, it } from "vitest";
import { comesRight } from "./comes-right.ts";

it("waits until nothing is wrong", async () => {
  const found = [["one", "two"], ["two"], []];
  expect(await comesRight(async () => found.shift() ?? ["asked too often"], 60_000)).toEqual([]);
});

it("says what is wrong in the end, and why it cannot be said", async () => {
  expect(await comesRight(async () => ["one"], 0)).toEqual(["one"]);
  expect(await comesRight(() => Promise.reject(new Error("nobody answers")), 0)).toEqual(["Error: nobody answers"]);
});
