import fc from "fast-check";
import type * as v from "valibot";

/** A schema of valibot, as far as this looks into it. */
interface Node {
  readonly type: string;
  readonly pipe?: readonly Node[];
  readonly requirement?: unknown;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly wrapped?: Node;
  readonly item?: Node;
  readonly value?: Node;
}

/** Texts for schemas that want them to look like something. */
const SAMPLES = ["ses_a", "ses_b", "cmd_1", "hold_1", "provider/model", "01900000-0000-7000-8000-00000000000a"];

/** Any value that a schema accepts, the bounds of what it accepts among them. */
export function arbitraryOf(schema: v.GenericSchema): fc.Arbitrary<unknown> {
  return of(schema);
}

function of(schema: Node): fc.Arbitrary<unknown> {
  const { options = [], wrapped, item, value } = schema;
  switch (schema.type) {
    case "object":
    case "loose_object":
      return objectOf(schema.entries ?? {});
    case "optional":
      return fc.option(of(wrapped as Node), { nil: undefined });
    case "nullable":
      return fc.option(of(wrapped as Node), { nil: null });
    case "array":
      return fc.array(of(item as Node), { minLength: requirement(schema, "min_length") ?? 0, maxLength: 3 });
    case "record":
      return fc.dictionary(text(40), of(value as Node), { maxKeys: 3 });
    case "picklist":
      return fc.constantFrom(...options);
    case "variant":
    case "union":
      return fc.oneof(...options.map((option) => of(option as Node)));
    case "literal":
      return fc.constant(schema.literal);
    case "boolean":
      return fc.boolean();
    case "number":
      return numberOf(schema);
    case "string":
      return textOf(schema);
    case "unknown":
      return fc.oneof(fc.jsonValue(), fc.integer({ min: 1, max: 90 }).map(nested));
    default:
      throw new Error(`no values are known for the schema ${schema.type}`);
  }
}

function objectOf(entries: Readonly<Record<string, Node>>): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, of(entry)])));
}

function numberOf(schema: Node): fc.Arbitrary<number> {
  const min = requirement(schema, "min_value") ?? 0;
  const max = requirement(schema, "max_value") ?? 0;
  return fc.oneof(
    fc.constantFrom(min, max),
    fc.maxSafeInteger().filter((n) => n >= min && n <= max),
    fc.integer({ min: Math.max(min, 0), max: Math.min(max, 2 ** 31) }),
  );
}

function textOf(schema: Node): fc.Arbitrary<string> {
  const actions = actionsOf(schema);
  const pattern = actions.find(({ type }) => type === "regex" || type === "uuid")?.requirement as RegExp | undefined;
  if (pattern !== undefined) return fc.constantFrom(...SAMPLES.filter((sample) => pattern.test(sample)));
  const most = requirement(schema, "max_length") ?? 0;
  const least = requirement(schema, "min_length") ?? 0;
  return fc.oneof(text(Math.min(most, 40), least), fc.constant("\u202e\u0007".repeat(Math.min(most, 1_024) / 2)));
}

function text(maxLength: number, minLength = 0): fc.Arbitrary<string> {
  return fc
    .string({ unit: "binary", minLength, maxLength: Math.max(1, Math.floor(maxLength / 2)) })
    .filter((one) => one.length <= maxLength);
}

function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

function requirement(schema: Node, type: string): number | undefined {
  const found = actionsOf(schema).filter((action) => action.type === type);
  return found.at(-1)?.requirement as number | undefined;
}

function actionsOf({ pipe = [] }: Node): Node[] {
  return pipe.flatMap((part) => (part.pipe === undefined ? [part] : actionsOf(part)));
}
