import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { type Operation, operation, OPERATIONS, type TypedField, typedFields, usageOf } from "../src/index.ts";
import { forPrograms, refers } from "../src/operations/references.ts";

const operations: readonly Operation[] = Object.values(OPERATIONS);

function declare(input: v.GenericSchema, words: readonly string[] = []): Operation {
  const declared = operation({
    name: "things.do",
    summary: "do a thing",
    role: "viewer",
    kind: "query",
    method: "GET",
    path: "/things",
    input,
    output: v.null(),
  });
  return { ...declared, words };
}

function fieldOf(schema: v.GenericSchema, name = "field"): TypedField | undefined {
  return typedFields(declare(v.object({ [name]: schema }))).find(({ field }) => field === name);
}

describe("how a field is typed", () => {
  it.each<[string, v.GenericSchema, Partial<TypedField>]>([
    ["field", v.string(), { kind: "text", isRequired: true, standard: undefined }],
    ["field", v.optional(v.string(), "x"), { kind: "text", isRequired: false, standard: "x" }],
    ["field", v.nullable(v.boolean()), { kind: "switch", isRequired: false }],
    ["field", v.picklist(["a", "b"]), { kind: "choice", choices: ["a", "b"] }],
    ["field", v.array(v.string()), { kind: "list" }],
    ["how_many", v.pipe(v.number(), v.minValue(2), v.maxValue(9)), { kind: "number", range: { least: 2, most: 9 } }],
    ["older_than_ms", v.pipe(v.number(), v.minValue(1)), { kind: "span", name: "older-than" }],
    ["at", v.pipe(v.string(), v.metadata({ format: "date-time" })), { kind: "time" }],
    ["node_id", v.pipe(v.string(), refers("node")), { name: "node", refers: ["node"] }],
    ["trace_id", v.string(), { name: "trace-id", refers: [] }],
  ])("%s, by its schema", (name, schema, expected) => {
    expect(fieldOf(schema, name)).toMatchObject(expected);
  });

  it("says the outermost sentence, however deep the schema is wrapped", () => {
    const inner = v.pipe(v.string(), v.description("inner"), refers("session"));
    expect(fieldOf(v.optional(v.pipe(inner, v.description("outer"))))).toMatchObject({
      description: "outer",
      refers: ["session"],
    });
  });

  it("offers no older form of a value, and no field that programs alone say", () => {
    const older = v.pipe(
      v.literal("old"),
      v.transform(() => "new"),
    );
    expect(fieldOf(v.union([v.picklist(["new"]), older]))?.choices).toEqual(["new"]);
    expect(fieldOf(v.optional(v.pipe(v.string(), forPrograms())))).toBeUndefined();
  });

  it("puts words first, in their order", () => {
    const input = v.object({ flag: v.optional(v.string()), text: v.string(), ref: v.string() });
    const declared = declare(input, ["ref", "text…"]);
    expect(typedFields(declared).map(({ name, place, isRest }) => [name, place, isRest])).toEqual([
      ["ref", 0, false],
      ["text", 1, true],
      ["flag", undefined, false],
    ]);
    expect(usageOf(declared)).toBe("<ref> <text…>");
  });
});

describe("every operation", () => {
  it.each(operations.map((one) => [one.name, one] as const))("%s says how it is typed", (_name, one) => {
    const fields = typedFields(one);
    const words = (one.words ?? []).map((word) => word.replace("…", ""));
    expect(fields.filter(({ place }) => place !== undefined).map(({ field }) => field)).toEqual(words);
    // only the last word takes what follows, and nothing that may be left out stands before what may not
    expect((one.words ?? []).findIndex((word) => word.endsWith("…")) + 1 || words.length).toBe(words.length);
    const required = fields.flatMap(({ place, isRequired }) => (place === undefined ? [] : [isRequired]));
    expect(required).toEqual(required.toSorted((a, b) => Number(b) - Number(a)));
    expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
  });

  it("describes every field that people type, as one sentence without an end", () => {
    const bare = operations.flatMap((one) =>
      typedFields(one)
        .filter(({ description }) => !/^[a-z`].*[^.]$/s.test(description))
        .map(({ field }) => `${one.name} ${field}`),
    );
    expect(bare).toEqual([]);
  });

  it("says of each field that names something what it names", () => {
    const NAMES = new Set(["ref", "node", "node_id", "session", "session_id", "project", "by"]);
    const silent = operations.flatMap((one) =>
      typedFields(one)
        .filter(({ field, refers: what }) => NAMES.has(field) && what.length === 0)
        // a report is by dimensions, and not by somebody
        .filter(({ field }) => one.name !== "cost.report" || field !== "by")
        .map(({ field }) => `${one.name} ${field}`),
    );
    expect(silent).toEqual([]);
  });
});
