import * as v from "valibot";
import { expect, it } from "vitest";
import { withDefaults } from "../src/client/with-defaults.ts";
import { OPERATIONS } from "../src/index.ts";

const ROWS = v.array(
  v.object({
    id: v.string(),
    marks: v.pipe(v.optional(v.array(v.string()), []), v.description("added later")),
    below: v.nullable(v.object({ count: v.optional(v.number(), 0), text: v.optional(v.string()) })),
  }),
);

it("what an older supervisor does not know yet has its default, however deep", () => {
  expect(
    withDefaults(ROWS, [
      { id: "a", below: null },
      { id: "b", below: {} },
    ]),
  ).toEqual([
    { id: "a", marks: [], below: null },
    { id: "b", marks: [], below: { count: 0 } },
  ]);
});

it("what a newer one says is left as it is, whether the schema knows it or not", () => {
  const said = [{ id: 1, marks: null, below: { count: "many", text: "t", more: [] }, news: true }];
  expect(withDefaults(ROWS, said)).toEqual(said);
});

it("a stop that was answered before there was anything unknown has nothing unknown", () => {
  const said = { sessions: [], cancelled: [] };
  expect(withDefaults(OPERATIONS["sessions.stopAll"].output, said)).toMatchObject({ ...said, unknown: [] });
});
