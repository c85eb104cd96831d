import type { JsonSchema } from "@valibot/to-json-schema";

type Node = JsonSchema | boolean;

/** What `fillIn` of secrets.ts replaces. */
const VARIABLE: JsonSchema = { type: "string", pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}` };

/** A schema of values, turned into one of a file in which `${NAME}` and `*_file` keys stand for some of them. */
export function withFilledIn(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf, ...rest } = schema;
  return asVariable({
    ...rest,
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inner) }),
    ...(items === undefined ? {} : { items: Array.isArray(items) ? items.map(inner) : inner(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inner(additionalProperties) }),
    ...(properties === undefined ? {} : withFiles(schema, properties)),
  });
}

function inner(node: Node): Node {
  return typeof node === "boolean" ? node : withFilledIn(node);
}

/** Text of a certain form may be a variable that holds it. */
function asVariable(schema: JsonSchema): JsonSchema {
  const { type, pattern, format, enum: words, ...rest } = schema;
  if (type !== "string" || (pattern ?? format ?? words) === undefined) return schema;
  const form = {
    type,
    ...(pattern === undefined ? {} : { pattern }),
    ...(format === undefined ? {} : { format }),
    ...(words === undefined ? {} : { enum: words }),
  };
  return { ...rest, anyOf: [form, VARIABLE] };
}

/** Each text may be in a file. Editors offer that for secrets; elsewhere it is accepted. */
function withFiles(schema: JsonSchema, properties: Readonly<Record<string, Node>>): JsonSchema {
  const texts = Object.keys(properties).filter((key) => !key.endsWith("_file") && isText(properties[key]));
  const hidden = texts.filter((key) => !isSecret(properties[key]));
  const shown: Record<string, Node> = {};
  for (const [key, node] of Object.entries(properties)) {
    shown[key] = inner(node);
    if (isSecret(node))
      shown[`${key}_file`] = { type: "string", minLength: 1, description: `a file whose first line is ${key}` };
  }
  const required = schema.required ?? [];
  const either = required
    .filter((key) => texts.includes(key))
    .map((key) => ({ anyOf: [{ required: [key] }, { required: [`${key}_file`] }] }));
  return {
    properties: shown,
    required: required.filter((key) => !texts.includes(key)),
    ...(either.length === 0 ? {} : { allOf: [...(schema.allOf ?? []), ...either] }),
    ...(hidden.length === 0 ? {} : { patternProperties: { [`^(${hidden.join("|")})_file$`]: { type: "string" } } }),
  };
}

function isText(node: Node | undefined): boolean {
  if (typeof node !== "object") return false;
  return node.type === "string" || (node.anyOf ?? []).some(isText);
}

function isSecret(node: Node | undefined): boolean {
  return typeof node === "object" && node.writeOnly === true;
}
