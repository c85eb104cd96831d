import { entryOf, meantText } from "@hal/protocol/text";
import type * as v from "valibot";

/** A sentence for each key that the schema does not know, with the known key that was probably meant. */
export function unknownKeys(schema: v.GenericSchema, value: unknown): string[] {
  const warnings: string[] = [];
  visit(schema, value, "", warnings);
  return warnings;
}

type Entries = Readonly<Record<string, v.GenericSchema>>;

interface SchemaShape {
  readonly type: string;
  readonly entries?: Entries;
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly pipe?: readonly v.GenericSchema[];
}

function visit(schema: v.GenericSchema, value: unknown, path: string, warnings: string[]): void {
  const shape = schema as unknown as SchemaShape;
  if (shape.wrapped !== undefined) {
    visit(shape.wrapped, value, path, warnings);
  } else if (Array.isArray(value)) {
    const { item } = shape;
    if (item !== undefined) value.forEach((one, index) => visit(item, one, `${path}.${index}`, warnings));
  } else if (typeof value === "object" && value !== null) {
    visitObject(shape, value as Record<string, unknown>, path, warnings);
  }
}

function visitObject(
  shape: SchemaShape,
  object: Readonly<Record<string, unknown>>,
  path: string,
  warnings: string[],
): void {
  for (const [key, inner] of Object.entries(object)) {
    const at = path === "" ? shownKey(key) : `${path}.${shownKey(key)}`;
    if (shape.type === "record" && shape.value !== undefined) {
      visit(shape.value, inner, at, warnings);
    } else if (shape.entries !== undefined) {
      const known = entryOf(shape.entries, key);
      if (known !== undefined) visit(known, inner, at, warnings);
      else if (key !== "$schema") warnings.push(unknownKeyText(at, key, Object.keys(shape.entries)));
    }
  }
}

function unknownKeyText(path: string, key: string, known: readonly string[]): string {
  return `${path}: unknown key, ignored${meantText(key, known)}`;
}

/** A key as it may be shown; what cannot be the name of a setting may be a secret that slipped into the wrong place. */
export function shownKey(key: string): string {
  return /^[a-z_$#][a-z_.$#/-]*\d{0,3}$/i.test(key) && key.length <= 40 ? key : `(a key of ${key.length} characters)`;
}
