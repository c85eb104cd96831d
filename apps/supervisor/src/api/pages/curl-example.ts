import { entryOf } from "@hal/protocol/text";
import type { InputField, RequestDescription } from "../openapi/describe-operation.ts";
import type { JsonSchema } from "../openapi/json-schema.ts";

/** What an example says beside what has to be said, or otherwise than the sample of its field, so that it makes sense as a whole. */
const SAID: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "budgets.raise": { to_usd: 75 },
  "holds.release": { all: true },
  "nodes.replace": { by: "new-box" },
  "routes.test": { event: '{"type":"session.error","project":"web"}' },
  "v1.commands": { target: "my-project" },
};

/** A request as one would type it, with $HAL and $HAL_TOKEN set. */
export function curlExample({ operation, path, fields }: RequestDescription): string {
  const filled = fields
    .filter(({ place }) => place === "path")
    .reduce((text, field) => text.replace(`{${field.name}}`, encodeURIComponent(String(exampleOf(field)))), path);
  const said = entryOf(SAID, operation.name) ?? {};
  const needed = fields.filter(
    ({ name, place, isRequired }) => place !== "path" && (isRequired || Object.hasOwn(said, name)),
  );
  const body = Object.fromEntries(needed.map((field) => [field.name, said[field.name] ?? exampleOf(field)]));
  const query = new URLSearchParams(operation.method === "GET" ? (body as Record<string, string>) : {});
  const options = [
    operation.kind === "stream" ? " -N" : "",
    operation.method === "GET" ? "" : ` -X ${operation.method}`,
  ];
  const lines = [
    `curl${options.join("")} "$HAL${filled}${query.size === 0 ? "" : `?${query.toString()}`}"`,
    `-H "Authorization: Bearer $HAL_TOKEN"`,
    ...(operation.kind === "change" ? [`-H "Idempotency-Key: $(date +%s)-$RANDOM"`] : []),
    ...(operation.method === "GET" || needed.length === 0 ? [] : [`-d '${JSON.stringify(body)}'`]),
  ];
  return lines.join(" \\\n  ");
}

function exampleOf({ name, schema }: InputField): unknown {
  return sample(schema) ?? `<${name}>`;
}

function sample(schema: JsonSchema): unknown {
  const [example] = Array.isArray(schema.examples) ? schema.examples : [];
  return example ?? schema.default ?? schema.enum?.[0] ?? (schema.type === "integer" ? schema.minimum : undefined);
}
