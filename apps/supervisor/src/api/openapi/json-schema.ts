import {
  AuditView,
  CommandReply,
  CommandView,
  CostReport,
  ErrorBody,
  EventView,
  InteractionView,
  MessageView,
  NodeView,
  OpencodeReport,
  ProjectReport,
  ResourceReport,
  SessionView,
  StatusView,
  TokenUsage,
  TokenView,
  WatchItem,
} from "@hal/protocol";
import { type ConversionConfig, type JsonSchema, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";

export type { JsonSchema };

/** What has a name of its own in the document; everything else is written out where it stands. */
const NAMED = {
  Audit: AuditView,
  Command: CommandView,
  CommandReply,
  CostReport,
  ErrorBody,
  Event: EventView,
  Interaction: InteractionView,
  Message: MessageView,
  Node: NodeView,
  OpencodeReport,
  ProjectReport,
  ResourceReport,
  Session: SessionView,
  Status: StatusView,
  Token: TokenView,
  TokenUsage,
  WatchItem,
};

export const SCHEMAS = "#/components/schemas/";

/** The schemas that have names, as JSON Schema. */
export function namedSchemas(): Readonly<Record<string, JsonSchema>> {
  return toJsonSchemaDefs(NAMED, config("output"));
}

/** A schema as JSON Schema: an `input` as callers write it, an `output` as they read it. Throws for one that says what JSON Schema cannot. */
export function jsonSchemaOf(schema: v.GenericSchema, side: "input" | "output"): JsonSchema {
  const { $schema: _dialect, $defs: _named, ...converted } = toJsonSchema(schema, config(side));
  return converted;
}

function config(typeMode: "input" | "output"): ConversionConfig {
  return {
    target: "draft-2020-12",
    typeMode,
    definitions: NAMED,
    overrideRef: ({ referenceId }) => SCHEMAS + referenceId,
    overrideSchema: ({ valibotSchema, jsonSchema }) => asJsonValue(valibotSchema, jsonSchema),
    overrideAction: ({ valibotAction, jsonSchema }) => {
      switch (valibotAction.type) {
        case "safe_integer":
        case "finite":
          return withoutTrivialBounds(jsonSchema);
        // what a check looks at is said by the description and format beside it
        case "check":
          return jsonSchema;
        default:
          return undefined;
      }
    },
  };
}

interface SchemaNode {
  readonly type: string;
  readonly options?: readonly SchemaNode[];
  readonly pipe?: readonly { readonly type: string }[];
}

/** Numbers and truth values may come as text, because query strings bring them so; documented is what they stand for. */
function asJsonValue(schema: SchemaNode, converted: JsonSchema): JsonSchema | undefined {
  if (schema.type !== "union" || schema.options === undefined || converted.anyOf === undefined) return undefined;
  const isText = schema.options.map(({ pipe = [] }) => pipe.some(({ type }) => type === "transform"));
  const plain = converted.anyOf.filter((_, index) => isText[index] !== true);
  const [only] = plain;
  return plain.length === 1 && plain.length < isText.length && typeof only === "object" ? only : undefined;
}

function withoutTrivialBounds({ minimum, maximum, ...rest }: JsonSchema): JsonSchema {
  return {
    ...rest,
    ...(minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}
