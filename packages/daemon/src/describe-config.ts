import type { JsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

export interface ConfigDocument {
  /** names the document for ever */
  readonly id: string;
  readonly title: string;
  /** whether `${NAME}` and `*_file` may stand for values, as `loadConfig` reads them */
  readonly fillsIn: boolean;
}

/** A configuration's schema as JSON Schema 2020-12: what fits it fits the program, and editors explain its keys. */
export async function describeConfig(schema: v.GenericSchema, document: ConfigDocument): Promise<JsonSchema> {
  // of no use to a program that runs
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  const { withFilledIn } = await import("./filled-in-schema.ts");
  const { $schema: dialect, ...converted } = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    // what a check looks at is said by the metadata beside it, as far as JSON Schema can
    overrideAction: ({ valibotAction: { type }, jsonSchema }) =>
      type === "check" || type === "partial_check" || type === "raw_check" ? jsonSchema : undefined,
  });
  const body = document.fillsIn ? withFilledIn(converted) : converted;
  return {
    ...(dialect === undefined ? {} : { $schema: dialect }),
    $id: document.id,
    title: document.title,
    ...body,
    properties: { $schema: { type: "string", description: "where an editor finds this schema" }, ...body.properties },
  };
}
