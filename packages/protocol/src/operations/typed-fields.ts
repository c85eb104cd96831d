import type { Operation } from "./operation.ts";
import { FieldReader } from "./read-field.ts";
import type { Reference } from "./references.ts";

/** What a person types for a field: `span` is a length of time, `time` a moment, `switch` is said or not. */
export type FieldKind = "text" | "number" | "span" | "time" | "choice" | "switch" | "list";

/** A field of an operation's input as people type it, at a terminal, in a chat or in a form. */
export interface TypedField {
  /** in the input */
  readonly field: string;
  /** what it is called where it is typed: without the unit and the `_id` of the field */
  readonly name: string;
  /** which of the words it is; undefined where it is said by its name */
  readonly place: number | undefined;
  /** it takes all words that follow */
  readonly isRest: boolean;
  readonly isRequired: boolean;
  readonly kind: FieldKind;
  readonly description: string;
  readonly choices: readonly string[] | undefined;
  readonly range: { readonly least: number; readonly most: number };
  /** whether a number may have a fraction */
  readonly isFractional: boolean;
  /** what is meant where it is not said */
  readonly standard: unknown;
  readonly refers: readonly Reference[];
}

/** The fields of an operation that people type, words first. */
export function typedFields({ input, words = [] }: Pick<Operation, "input" | "words">): readonly TypedField[] {
  const { entries } = input as unknown as { readonly entries: Readonly<Record<string, object>> };
  const fields = Object.entries(entries).map(([field, schema]) => typedField(field, new FieldReader(schema), words));
  const placeOf = ({ place = words.length }: TypedField): number => place;
  return fields.filter((field) => field !== undefined).toSorted((a, b) => placeOf(a) - placeOf(b));
}

function typedField(field: string, schema: FieldReader, words: readonly string[]): TypedField | undefined {
  if (schema.isForPrograms) return undefined;
  const place = words.findIndex((word) => word.replace("…", "") === field);
  const kind = field.endsWith("_ms") ? "span" : schema.kind;
  return {
    field,
    name: nameOf(field, schema),
    place: place === -1 ? undefined : place,
    isRest: words.includes(`${field}…`),
    isRequired: schema.isRequired,
    kind,
    description: schema.description,
    choices: schema.choices,
    range: schema.range,
    isFractional: schema.isFractional,
    standard: schema.standard,
    refers: schema.refers,
  };
}

function nameOf(field: string, { refers }: FieldReader): string {
  const bare = refers.length > 0 ? field.replace(/_id$/, "") : field.replace(/_ms$/, "");
  return bare.replaceAll("_", "-");
}

/** The words of an operation as help shows them: `<ref> <text…>`, in brackets what may be left out. */
export function usageOf(operation: Pick<Operation, "input" | "words">): string {
  const words = typedFields(operation).filter(({ place }) => place !== undefined);
  const typed = words.map(({ name, isRest, isRequired }) => {
    const word = isRest ? `${name}…` : name;
    return isRequired ? `<${word}>` : `[${word}]`;
  });
  return typed.join(" ");
}
