import { type Operation, pathParameters } from "@hal/protocol";
import { jsonSchemaOf, type JsonSchema } from "./json-schema.ts";

/** One field of an operation's input, and where it goes in a request. */
export interface InputField {
  readonly name: string;
  readonly place: "path" | "query" | "body";
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
}

/** One request that can be made, as document and page show it. */
export interface RequestDescription {
  readonly operation: Operation;
  /** unique among all requests */
  readonly id: string;
  /** from `/api/v1` on */
  readonly path: string;
  readonly fields: readonly InputField[];
  readonly output: JsonSchema;
  /** statuses of the failures that this operation in particular has */
  readonly failures: readonly number[];
}

/** The requests by which an operation can be asked: one, and one more for each alias. */
export function describeOperation(operation: Operation, paths: readonly string[]): RequestDescription[] {
  const input = jsonSchemaOf(operation.input, "input");
  const output = jsonSchemaOf(operation.output, "output");
  return paths.map((path, index) => {
    const fields = fieldsOf(operation, path, input);
    return {
      operation,
      id: index === 0 ? operation.name : `${operation.name}.${index + 1}`,
      path,
      fields,
      output,
      failures: failuresOf(operation, fields),
    };
  });
}

function fieldsOf({ method }: Operation, path: string, input: JsonSchema): InputField[] {
  const inPath = pathParameters(path);
  const required = new Set(input.required);
  return Object.entries(input.properties ?? {}).map(([name, schema]) => {
    const isInPath = inPath.includes(name);
    const { default: standard, ...bare } = schema as JsonSchema;
    return {
      name,
      place: isInPath ? "path" : method === "GET" ? "query" : "body",
      isRequired: isInPath || required.has(name),
      schema: isInPath || standard === undefined ? bare : { ...bare, default: standard },
    };
  });
}

function failuresOf({ kind }: Operation, fields: readonly InputField[]): number[] {
  const hasReference = fields.some(
    ({ place, name, schema }) => (place === "path" && schema.enum === undefined) || REFERENCES.has(name),
  );
  const hasCursor = fields.some(({ name }) => name === "cursor" || name === "after");
  return [
    ...(fields.length > 0 ? [400] : []),
    401,
    403,
    ...(hasReference ? [404, 409] : kind === "change" ? [409] : []),
    ...(hasCursor ? [410] : []),
    ...(fields.some(({ place }) => place === "body") ? [413] : []),
    500,
    503,
  ];
}

/** Fields that name something by a short form, which may be nothing or several things. */
const REFERENCES = new Set(["node", "node_id", "session", "project", "target"]);
