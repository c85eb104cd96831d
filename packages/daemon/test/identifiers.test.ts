import { expect, it } from "vitest";
import { newToken } from "../src/index.ts";

it("a token can be typed behind an option, whatever it is", () => {
  const tokens = Array.from({ length: 500 }, newToken);
  expect(tokens.filter((token) => !/^[0-9a-f]{64}$/.test(token))).toEqual([]);
  expect(new Set(tokens).size).toBe(500);
});
