import { judgeModal } from "@hal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Form } from "../../src/index.ts";
import { readSlackForm, renderSlackForm } from "../../src/slack/render-slack-form.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ minLength: 1 }).map((one) => one.repeat(4_000).slice(0, 9_000)),
);
const options = fc
  .array(fc.record({ label: text, hint: text }), { minLength: 1, maxLength: 25 })
  .map((all) => all.map((one, index) => ({ ...one, id: `o${index}` })));
const input = fc.oneof(
  fc.record({
    kind: fc.constant("text"),
    label: text,
    hint: text,
    isLong: fc.boolean(),
    value: text,
    mostLength: fc.integer({ min: 1, max: 9_000 }),
  }),
  fc.record({ kind: fc.constant("choice"), label: text, isSeveral: fc.boolean(), options }),
);
const form: fc.Arbitrary<Form> = fc
  .record({ title: text, text, submit: text, inputs: fc.array(input, { minLength: 1, maxLength: 5 }) })
  .map((one) => ({
    ...one,
    id: "f".repeat(100),
    inputs: one.inputs.map((each, index) => ({ ...each, id: `i${index}` })),
  }));

describe("a form on Slack", () => {
  test("fits, whatever it asks", () => {
    fc.assert(
      fc.property(form, (one) => {
        expect(judgeModal(renderSlackForm(one, "{}"))).toEqual([]);
      }),
    );
  });

  test("is read by its inputs, empty where nothing was filled in", () => {
    expect(
      readSlackForm({
        why: { value: { value: "because" } },
        none: { value: { value: null } },
        how: { value: { selected_option: { value: "o1" } } },
        open: { value: { selected_option: null } },
        what: { value: { selected_options: [{ value: "p1" }, { value: "p2" }] } },
      }),
    ).toEqual({ why: ["because"], none: [], how: ["o1"], open: [], what: ["p1", "p2"] });
  });
});
