import { judgeDiscordModal } from "@hal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Form, FormInput } from "../../src/index.ts";
import { readDiscordForm, renderDiscordForm } from "../../src/discord/render-discord-form.ts";

const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", " ", "x".repeat(5_000), "\n**a**"));
const option = fc.record({ label: text, hint: text });
const input = fc.oneof(
  fc.record({
    kind: fc.constant("text"),
    label: text,
    hint: text,
    value: text,
    isLong: fc.boolean(),
    isOptional: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("choice"),
    label: text,
    isSeveral: fc.boolean(),
    isOptional: fc.boolean(),
    options: fc
      .array(option, { minLength: 1, maxLength: 30 })
      .map((all) => all.map((one, index) => ({ ...one, id: `o${index}` }))),
  }),
);
const form = fc
  .record({ title: text, text, inputs: fc.array(input, { minLength: 1, maxLength: 5 }) })
  .map((one): Form => {
    const inputs = one.inputs.map((each, index) => ({ ...each, id: `i${index}` }));
    return { ...one, id: "form:1", inputs };
  });

describe("a form on Discord", () => {
  test("fits, whatever it says", () => {
    fc.assert(
      fc.property(form, (one) => {
        expect(judgeDiscordModal(renderDiscordForm(one))).toEqual([]);
      }),
    );
  });

  test("says what it is about, above the inputs or at the first one", () => {
    const inputs = Array.from({ length: 5 }, (_, index): FormInput => ({ kind: "text", id: `${index}`, label: "L" }));
    const about = { id: "f", title: "T", text: "About it" };
    const few = renderDiscordForm({ ...about, inputs: inputs.slice(0, 4) });
    const many = renderDiscordForm({ ...about, inputs });
    expect(few.components[0]).toEqual({ type: 10, content: "About it" });
    expect(many.components.map((row) => "description" in row && row.description)).toEqual([
      "About it",
      ...Array.from({ length: 4 }, () => false),
    ]);
  });

  test("says what was filled in by the ids of its inputs", () => {
    const values = readDiscordForm([
      {},
      { component: { custom_id: "why", value: "because" } },
      { component: { custom_id: "more", value: "" } },
      { component: { custom_id: "how", values: ["a", "b"] } },
    ]);
    expect(values).toEqual({ why: ["because"], more: [], how: ["a", "b"] });
  });
});
