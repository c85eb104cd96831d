import { expect, it } from "vitest";
import { isMissing } from "../src/is-missing.ts";

it("a file is missing where there is none, and not where it only cannot be looked at", () => {
  expect(isMissing(import.meta.filename)).toBe(false);
  expect(isMissing(`${import.meta.filename}.not`)).toBe(true);
  expect(isMissing(`${import.meta.filename}/below-a-file`)).toBe(false);
});
