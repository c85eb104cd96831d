import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { AgentFrame, ControlRequest, EVENT_DATA, EventEnvelope, Events, SupervisorFrame } from "../src/index.ts";
import { fit } from "../src/fit.ts";

const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  ...EVENT_DATA,
  EventEnvelope,
  Events,
  AgentFrame,
  SupervisorFrame,
  ControlRequest,
};

/** What a schema is made of, as far as values are made for it. */
interface Shape extends v.GenericSchema {
  readonly wrapped: Shape;
  readonly item: Shape;
  readonly literal: unknown;
  readonly options: readonly (Shape & string)[];
  readonly entries: Readonly<Record<string, Shape>>;
}

const TEXTS = [
  "",
  "x",
  "ses_1",
  "cmd_1",
  "per_1",
  "00000000-0000-7000-8000-000000000001",
  "x".repeat(65),
  "x".repeat(1_025),
];
const NUMBERS = [0, 1, 2, 10 ** 12, 10 ** 12 + 1, -1, 0.5, Number.MAX_SAFE_INTEGER, 1e300];

/** Values that fit a schema, nearly: now and then something else stands in a place, is missing, or is too much. */
function nearly(schema: Shape): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: meant(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
}

function meant(schema: Shape): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case "string":
      return fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...TEXTS.slice(2, 6)) },
        { weight: 1, arbitrary: fc.constantFrom(...TEXTS) },
      );
    case "number":
      return fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...NUMBERS.slice(1, 3)) },
        { weight: 1, arbitrary: fc.constantFrom(...NUMBERS) },
      );
    case "boolean":
      return fc.boolean();
    case "literal":
      return fc.constant(schema.literal);
    case "picklist":
      return fc.constantFrom(...schema.options);
    case "optional":
      return nearly(schema.wrapped);
    case "nullable":
      return fc.oneof(fc.constant(null), nearly(schema.wrapped));
    case "array":
      return fc.array(nearly(schema.item), { maxLength: 3 });
    case "record":
      return fc.dictionary(fc.constantFrom(...TEXTS), fc.constantFrom(...TEXTS, ...NUMBERS));
    case "variant":
    case "union":
      return fc.oneof(...schema.options.map(nearly));
    case "object":
    case "loose_object":
      return fields(schema);
    default:
      return fc.jsonValue();
  }
}

function fields({ entries }: Shape): fc.Arbitrary<unknown> {
  const values = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, nearly(entry)]));
  const needed = Object.keys(entries).filter((name) => entries[name]?.type !== "optional");
  const more = fc.dictionary(fc.constantFrom("fromTheFuture", "__proto__", "toString"), fc.jsonValue(), { maxKeys: 1 });
  const whole = fc.tuple(fc.record(values, { requiredKeys: needed }), fc.option(more, { freq: 3, nil: {} }));
  return fc.oneof(
    { weight: 30, arbitrary: whole.map(([known, unknown]) => ({ ...known, ...unknown })) },
    { weight: 1, arbitrary: fc.record(values, { requiredKeys: [] }) },
  );
}

describe("fit", () => {
  it.each(Object.keys(SCHEMAS))("judges %s as valibot does, and makes the same of it", (name) => {
    const schema = SCHEMAS[name] as Shape;
    const seen = { fits: 0, doesNot: 0 };
    fc.assert(
      fc.property(nearly(schema), (made) => {
        const value: unknown = JSON.parse(JSON.stringify(made));
        const before = JSON.stringify(value);
        const fitted = fit(schema, value);
        const parsed = v.safeParse(schema, value);
        expect(fitted).toEqual(
          parsed.success ? { ok: true, output: parsed.output } : { ok: false, issues: parsed.issues },
        );
        expect(JSON.stringify(value)).toBe(before);
        seen[fitted.ok ? "fits" : "doesNot"] += 1;
      }),
      { numRuns: 400, examples: [[5]] },
    );
    expect(seen).toEqual({
      fits: expect.toSatisfy((count) => count > 0),
      doesNot: expect.toSatisfy((count) => count > 0),
    });
  });

  it("judges what stands for an absent field as valibot does, and makes it anew each time", () => {
    const inner = v.object({ a: v.optional(v.number(), 1) });
    const schema = v.object({ list: v.optional(v.array(v.string()), []), object: v.optional(inner, {}) });
    const [one, other] = [fit(schema, {}), fit(schema, {})];
    expect(one).toEqual({ ok: true, output: { list: [], object: { a: 1 } } });
    expect(one.ok && other.ok && one.output.list !== other.output.list).toBe(true);
  });

  it("gives a value in which nothing changes back itself", () => {
    const value = { reason: "killed" };
    const fitted = fit(EVENT_DATA["session.ended"], value);
    expect(fitted.ok && fitted.output).toBe(value);
  });
});
