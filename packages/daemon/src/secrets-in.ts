import type * as v from "valibot";
import { Secret, Token } from "./described.ts";

interface SchemaShape {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly wrapped?: v.GenericSchema;
  readonly pipe?: readonly unknown[];
}

/** The paths of secrets that stand in a configuration itself, and not in a variable. */
export function secretsIn(schema: v.GenericSchema, value: unknown, at: readonly string[] = []): string[] {
  const shape = schema as unknown as SchemaShape;
  if (isSecret(schema) || isSecret(shape.pipe?.[0]))
    return typeof value === "string" && value !== "" && !value.includes("${") ? [at.join(".")] : [];
  if (shape.wrapped !== undefined) return secretsIn(shape.wrapped, value, at);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(shape.entries ?? {}).flatMap(([key, inner]) =>
    secretsIn(inner, (value as Record<string, unknown>)[key], [...at, key]),
  );
}

function isSecret(schema: unknown): boolean {
  return schema === Secret || schema === Token;
}
