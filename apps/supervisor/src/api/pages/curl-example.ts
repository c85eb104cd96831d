import type { InputField, RequestDescription } from "../openapi/describe-operation.ts";
import type { JsonSchema } from "../openapi/json-schema.ts";

/** A request as one would type it, with $HAL and $HAL_TOKEN set. */
export function curlExample({ operation, path, fields }: RequestDescription): string {
  const filled = fields
    .filter(({ place }) => place === "path")
    .reduce((text, field) => text.replace(`{${field.name}}`, encodeURIComponent(String(exampleOf(field)))), path);
  const needed = fields.filter(({ place, isRequired }) => place !== "path" && isRequired);
  const options = [
    operation.kind === "stream" ? " -N" : "",
    operation.method === "GET" ? "" : ` -X ${operation.method}`,
  ];
  const lines = [
    `curl${options.join("")} "$HAL${filled}"`,
    `-H "Authorization: Bearer $HAL_TOKEN"`,
    ...(operation.kind === "change" ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(operation.method === "GET" || needed.length === 0 ? [] : [`-d '${JSON.stringify(bodyOf(needed))}'`]),
  ];
  return lines.join(" \\\n  ");
}

function bodyOf(fields: readonly InputField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, exampleOf(field)]));
}

function exampleOf({ name, schema }: InputField): unknown {
  return sample(schema) ?? `<${name}>`;
}

function sample(schema: JsonSchema): unknown {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  return example ?? schema.default ?? schema.enum?.[0] ?? (schema.type === "integer" ? schema.minimum : undefined);
}
