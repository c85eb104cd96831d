import { html } from "hono/html";
import { type JsonSchema, SCHEMAS } from "../openapi/json-schema.ts";
import type { Html } from "./layout.ts";

/** A schema in words, with links to what has a name. */
export function typeWords(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) return typeLink(schema.$ref.slice(SCHEMAS.length));
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return joined(
      schema.enum.map((value) => html`<code>${typeof value === "string" ? value : JSON.stringify(value)}</code>`),
      " · ",
    );
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return joined(
      choices.map((choice) => typeWords(choice as JsonSchema)),
      " or ",
    );
  if (schema.type === "array") return listWords(schema.items as JsonSchema);
  if (schema.type === "object") return objectWords(schema);
  return html`${scalarWords(schema)}`;
}

/** The name of a schema, which leads to its fields. */
export function typeLink(name: string): Html {
  return html`<a href="#type-${name}">${name}</a>`;
}

/** `[…]`, with what is in it. */
function listWords(items: JsonSchema): Html {
  return html`list of ${typeWords(items)}`;
}

function objectWords({ properties, additionalProperties }: JsonSchema): Html {
  const entries = Object.entries(properties ?? {});
  if (entries.length === 0)
    return typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0
      ? html`object of ${typeWords(additionalProperties)}`
      : html`object`;
  return html`{
  ${joined(
    entries.map(([name, schema]) => html`<code>${name}</code>: ${typeWords(schema as JsonSchema)}`),
    ", ",
  )}
  }`;
}

function scalarWords({ type, format, pattern, minimum, maximum }: JsonSchema): string {
  if (type === undefined) return "anything";
  if (format === "date-time") return "time";
  if (pattern !== undefined) return `text like ${pattern}`;
  const word = type === "string" ? "text" : String(type);
  if (minimum !== undefined && maximum !== undefined) return `${word}, ${minimum} to ${maximum}`;
  return minimum === undefined ? word : `${word} from ${minimum}`;
}

function joined(parts: readonly Html[], between: string): Html {
  return html`${parts.map((part, index) => html`${index === 0 ? "" : between}${part}`)}`;
}

/** What descriptions write in `backticks` as code, everything else as text. */
export function prose(text: string): Html {
  return html`${text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
