import { TAG_DESCRIPTIONS } from "./tags.ts";
import { HTTP_ERROR_CODES, LIMITS } from "@hal/protocol";
import { BARE_PATHS, DECLARED, pathsOf } from "../routes.ts";
import { type InputField, type RequestDescription, describeOperation } from "./describe-operation.ts";
import { FAILURES } from "./failures.ts";
import { namedSchemas, SCHEMAS } from "./json-schema.ts";

type Json = { readonly [key: string]: unknown };

/** Every request that the operations contract allows. */
export function describeRequests(): RequestDescription[] {
  return DECLARED.flatMap((operation) => describeOperation(operation, pathsOf(operation)));
}

/** The HTTP surface as an OpenAPI 3.1 document, made from the operations contract. */
export function openApiDocument(version: string): Json {
  const requests = describeRequests();
  return {
    openapi: "3.1.1",
    info: {
      title: "HAL-O-SWARM",
      version,
      summary: "See and steer the coding agents of all your machines",
      description: `${ENVELOPE}\n\nA readable form of this document is at \`${BARE_PATHS.docs}\`.`,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "the supervisor that serves this document" }],
    security: [{ token: [] }],
    tags: tagsOf(requests),
    paths: { ...pathItems(requests), ...barePaths() },
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "the shared token, or one with a name and a role" },
      },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      responses: { Failure: { description: "why nothing was done", content: json({ $ref: `${SCHEMAS}Failure` }) } },
      schemas: { ...namedSchemas(), ListMeta: LIST_META, Failure: FAILURE },
    },
  };
}

const HEALTH = "health";

const ENVELOPE = [
  "Answers are `{data, meta?}` or `{error, code, details?}`, always. Times are ISO 8601 in UTC, money is dollars.",
  "Lists that are longer than a page have `meta.next`, which goes into `cursor`.",
  "Fields and values may be added; ignore those that you do not know.",
].join(" ");

const IDEMPOTENCY_KEY: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "the same key with the same input makes the same command, however often it is sent; another input is a conflict",
  schema: { type: "string", minLength: 1, maxLength: LIMITS.idempotencyKeyChars },
};

const LAST_EVENT_ID: Json = {
  name: "Last-Event-ID",
  in: "header",
  required: false,
  description: "the cursor of the last event that was read: go on behind it",
  schema: { type: "string" },
};

const LIMIT_TAKEN =
  "rows that a page may have; where more than 1000 were asked for it is 1000, and where no number was, 100";

const LIST_META: Json = {
  type: "object",
  properties: {
    total: { type: "integer", minimum: 0, description: "rows in this answer" },
    limit: { type: "integer", minimum: 1, description: LIMIT_TAKEN },
    next: { type: "string", description: "the cursor of the next page; absent at the end" },
  },
  required: ["total"],
};

const FAILURE: Json = {
  type: "object",
  properties: {
    error: { type: "string", description: "what is wrong and what to do about it, in one line" },
    code: { type: "string", enum: HTTP_ERROR_CODES },
    details: { description: "more of it, such as the `choices` of a name that means several things" },
  },
  required: ["error", "code"],
};

function json(schema: unknown): Json {
  return { "application/json": { schema } };
}

function tagsOf(requests: readonly RequestDescription[]): Json[] {
  return [...new Set([...requests.map(tagOf), HEALTH])].map((name) => ({
    name,
    ...(TAG_DESCRIPTIONS[name] === undefined ? {} : { description: TAG_DESCRIPTIONS[name] }),
  }));
}

/** The noun of an operation. */
export function tagOf({ operation }: RequestDescription): string {
  return operation.name.split(".", 1)[0] ?? operation.name;
}

function pathItems(requests: readonly RequestDescription[]): Json {
  const items: Record<string, Record<string, unknown>> = {};
  for (const request of requests)
    items[request.path] = {
      ...items[request.path],
      [request.operation.method.toLowerCase()]: operationObject(request),
    };
  return items;
}

function operationObject(request: RequestDescription): Json {
  const { operation, id, fields, failures } = request;
  const parameters = [
    ...fields.filter(({ place }) => place !== "body").map(parameter),
    ...(operation.kind === "change" ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
    ...(operation.kind === "stream" && fields.some(({ name }) => name === "after") ? [LAST_EVENT_ID] : []),
  ];
  const body = fields.filter(({ place }) => place === "body");
  return {
    operationId: id,
    tags: [tagOf(request)],
    summary: operation.summary,
    description: `Needs the role \`${operation.role}\`.`,
    "x-role": operation.role,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body.length === 0 ? {} : { requestBody: requestBody(body) }),
    responses: {
      200: success(request),
      ...Object.fromEntries(failures.map((status) => [status, failureOf(status)])),
      default: { $ref: "#/components/responses/Failure" },
    },
  };
}

function parameter({ name, place, isRequired, schema }: InputField): Json {
  const { description, ...bare } = schema;
  return { name, in: place, required: isRequired, ...(description === undefined ? {} : { description }), schema: bare };
}

function requestBody(fields: readonly InputField[]): Json {
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  const schema = {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, field.schema])),
    required,
  };
  return { required: required.length > 0, content: json(schema) };
}

function success({ operation, output }: RequestDescription): Json {
  if (operation.kind === "stream")
    return {
      description: "Server-sent events, until the caller leaves: `data:` of each is one item",
      content: { "text/event-stream": { schema: { type: "string" }, "x-item-schema": output } },
    };
  const isList = output.type === "array";
  const properties = { data: output, ...(isList ? { meta: { $ref: `${SCHEMAS}ListMeta` } } : {}) };
  return {
    description: "done",
    content: {
      ...json({ type: "object", properties, required: Object.keys(properties) }),
      ...(operation.table === undefined ? {} : CSV),
    },
  };
}

const CSV: Json = {
  "text/csv": { schema: { type: "string", description: "all its rows, for a spreadsheet: `Accept: text/csv`" } },
};

function failureOf(status: number): Json {
  return { description: FAILURES[status] ?? "it failed", content: json({ $ref: `${SCHEMAS}Failure` }) };
}

/** What needs no token and has no envelope. */
function barePaths(): Json {
  const word = (...words: string[]): Json => ({ type: "string", enum: words });
  const state = (statuses: Json, component: Json): Json =>
    json({
      type: "object",
      properties: {
        status: statuses,
        components: { type: "object", additionalProperties: component },
        timestamp: { type: "string", format: "date-time" },
      },
      required: ["status", "components", "timestamp"],
    });
  const component: Json = {
    type: "object",
    properties: { status: word("ok", "error", "disabled"), error: { type: "string" } },
    required: ["status"],
  };
  const ready = state(word("healthy", "unhealthy"), component);
  const bare = (id: string, summary: string, responses: Json): Json => ({
    get: { operationId: id, tags: [HEALTH], summary, security: [], responses },
  });
  return {
    [BARE_PATHS.alive]: bare("alive", "The process is alive", {
      200: { description: "it is", content: state(word("healthy"), {}) },
    }),
    [BARE_PATHS.ready]: bare("ready", "The supervisor can do its work", {
      200: { description: "it can", content: ready },
      503: { description: "it cannot, and why", content: ready },
    }),
    [BARE_PATHS.health]: bare("health", "What works, in one word each", {
      200: { description: "always", content: state(word("healthy", "degraded"), word("ok", "unavailable")) },
    }),
    [BARE_PATHS.metrics]: bare("metrics", "Metrics for Prometheus", {
      200: { description: "text", content: { "text/plain": { schema: { type: "string" } } } },
    }),
  };
}
