import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { MUTANTS } from "../mutants/list/index.ts";
import { problemsOf } from "../mutants/mutant.ts";

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

it("each mutant breaks a text that is in its file once, and is noticed by tests that are there", () => {
  expect(MUTANTS.length).toBeGreaterThan(0);
  expect(MUTANTS.flatMap((mutant) => problemsOf(mutant, ROOT))).toEqual([]);
});

it("a mutant whose text has moved is stale", () => {
  const [mutant] = MUTANTS;
  if (mutant === undefined) throw new Error("there are no mutants");
  expect(problemsOf({ ...mutant, search: "a text that nobody wrote\n" }, ROOT)).toHaveLength(1);
});
