import * as v from "valibot";

/** As much of a schema as an answer is walked along. */
interface Shape extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
  readonly wrapped?: Shape;
}

/**
 * An answer with the fields that an older supervisor does not know yet, each with the default of its schema. Nothing is judged: what
 * a newer one says is left as it is.
 */
export function withDefaults(schema: v.GenericSchema, answer: unknown): unknown {
  const { entries, item, wrapped } = schema as Shape;
  if (answer === undefined) return v.getDefault(schema);
  if (typeof answer !== "object" || answer === null) return answer;
  if (wrapped !== undefined) return withDefaults(wrapped, answer);
  if (item !== undefined && Array.isArray(answer)) return answer.map((one) => withDefaults(item, one));
  if (entries === undefined) return answer;
  const said = answer as Readonly<Record<string, unknown>>;
  const filled = Object.entries(entries).flatMap(([name, field]) => {
    const value = withDefaults(field, said[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...said, ...Object.fromEntries(filled) };
}
