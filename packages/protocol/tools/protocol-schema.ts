import { type ConversionConfig, type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import {
  AgentFrame,
  COMMANDS,
  CommandFrame,
  ControlRequest,
  ControlResponse,
  EVENT_DATA,
  EventEnvelope,
  OPERATIONS,
  SupervisorFrame,
} from "../src/index.ts";

/** What travels on the wire, before it is parsed: whoever writes frames writes this. */
const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  definitions: { Event: EventEnvelope, Command: CommandFrame },
  // every number of JSON Schema is finite; how deep a value may be nested it cannot say
  ignoreActions: ["finite", "check"],
};

/**
 * Frames, events and commands as JSON Schema, for programs in other languages. Types that are not in it may come from a
 * newer version and are to be passed on or ignored, as docs/protocol.md says (§1.4, §4.7).
 */
export function protocolSchema(version: string): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:hal-o-swarm:protocol:${version}`,
    title: "HAL-O-SWARM protocol",
    description: "Each definition is a schema of its own: refer to #/$defs/AgentFrame and the like.",
    $defs: {
      AgentFrame: converted(AgentFrame),
      SupervisorFrame: converted(SupervisorFrame),
      ControlRequest: converted(ControlRequest),
      ControlResponse: converted(ControlResponse),
      Event: {
        ...bare(EventEnvelope),
        allOf: Object.keys(EVENT_DATA).map((type) => when("type", type, { data: reference(`EventData.${type}`) })),
      },
      Command: {
        ...bare(CommandFrame),
        allOf: Object.keys(COMMANDS).map((type) => when("command", type, { args: reference(`CommandArgs.${type}`) })),
      },
      ...named("EventData", EVENT_DATA),
      ...named(
        "CommandArgs",
        mapped(COMMANDS, ({ args }) => args),
      ),
      ...named(
        "CommandOutput",
        mapped(COMMANDS, ({ output }) => output),
      ),
      OperationName: { enum: Object.keys(OPERATIONS) },
    },
  };
}

type Schema = Parameters<typeof toJsonSchema>[0];

function named(prefix: string, schemas: Readonly<Record<string, Schema>>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [`${prefix}.${name}`, converted(schema)]));
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => Schema): Record<string, Schema> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function converted(schema: Schema): JsonSchema {
  const { $schema: _dialect, $defs: _definitions, ...rest } = toJsonSchema(schema, CONFIG);
  return rest;
}

/** Written out, where `converted` would refer to the definition that this becomes. */
function bare(schema: Schema): JsonSchema {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, { ...CONFIG, definitions: {} });
  return rest;
}

function reference(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

function when(field: string, value: string, properties: Record<string, JsonSchema>): JsonSchema {
  return { anyOf: [{ properties: { [field]: { not: { const: value } } } }, { properties }] };
}
