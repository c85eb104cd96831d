import { entryOf, meantText } from "@hal/protocol/text";
import type * as v from "valibot";

/** Keys that a schema does not know, one sentence each, with the known key that was probably meant. */
export interface UnknownKeys {
  /** in a section where each switch has to be honoured */
  readonly refused: readonly string[];
  readonly ignored: readonly string[];
}

/** Finds every key that the schema does not know, in all sections at once. */
export function unknownKeys(schema: v.GenericSchema, value: unknown): UnknownKeys {
  const found: Found = { refused: [], ignored: [] };
  visit(schema, value, "", found);
  return found;
}

interface Found {
  readonly refused: string[];
  readonly ignored: string[];
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

function visit(schema: v.GenericSchema, value: unknown, path: string, found: Found): void {
  const shape = schema as unknown as SchemaShape;
  if (shape.wrapped !== undefined) {
    visit(shape.wrapped, value, path, found);
  } else if (Array.isArray(value)) {
    const { item } = shape;
    if (item !== undefined) value.forEach((one, index) => visit(item, one, `${path}.${index}`, found));
  } else if (typeof value === "object" && value !== null) {
    visitObject(shape, value as Record<string, unknown>, path, found);
  }
}

function visitObject(shape: SchemaShape, object: Readonly<Record<string, unknown>>, path: string, found: Found): void {
  for (const [key, inner] of Object.entries(object)) {
    const at = path === "" ? shownKey(key) : `${path}.${shownKey(key)}`;
    if (shape.type === "record" && shape.value !== undefined) {
      visit(shape.value, inner, at, found);
    } else if (shape.entries !== undefined) {
      const known = entryOf(shape.entries, key);
      if (known !== undefined) visit(known, inner, at, found);
      else if (key !== "$schema") report(shape, { at, key, entries: shape.entries }, found);
    }
  }
}

function report(
  { type }: SchemaShape,
  { at, key, entries }: { readonly at: string; readonly key: string; readonly entries: Entries },
  { refused, ignored }: Found,
): void {
  const meant = meantText(key, Object.keys(entries));
  if (type === "strict_object") refused.push(`${at}: is no setting, and nothing would honour it${meant}`);
  else ignored.push(`${at}: unknown key, ignored${meant}`);
}

/** A key as it may be shown; what cannot be the name of a setting may be a secret that slipped into the wrong place. */
export function shownKey(key: string): string {
  return /^[a-z_$#][a-z_.$#/-]*\d{0,3}$/i.test(key) && key.length <= 40 ? key : `(a key of ${key.length} characters)`;
}
