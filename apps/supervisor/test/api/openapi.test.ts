import {
  HTTP_ERROR_CODES,
  type Operation,
  OPERATIONS,
  pathParameters,
  type Reference,
  RESTART_FEATURE,
  typedFields,
} from "@hal/protocol";
import { WebhookReceiver } from "@hal/testkit";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, event, events, NODE_ID, type Peer } from "../support/socket.ts";
import { setAside } from "../support/set-aside.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

interface Schema {
  readonly [key: string]: unknown;
}
interface Parameter {
  readonly name?: string;
  readonly in?: string;
  readonly $ref?: string;
}
interface Described {
  readonly operationId: string;
  readonly "x-role"?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: Schema; "x-item-schema"?: Schema }>> }>
  >;
}
interface Document {
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** How to get a real answer: what fills its path, its query or body, and what its agent tells. */
interface Call {
  readonly path?: string;
  readonly query?: string;
  readonly body?: object;
  readonly outcome?: object;
}

let stage: Stage;
let agent: Peer;
let n8n: WebhookReceiver;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  n8n = await new WebhookReceiver().listen();
  stage = await startStage({}, { channels: { webhooks: { n8n: { url: n8n.url, allow_private: true } } } });
  await setAside(stage, UNKNOWN_EVENT);
  agent = await connected(stage, {
    features: [RESTART_FEATURE],
    projects: [{ name: "p1", directory: "/srv/p1", state: "ready" }],
  });
  for (const id of [GONE, LOST]) {
    const node = await connected(stage, { node: { id, hostname: id, version: "0", os: "linux", arch: "x64" } });
    node.close();
    await node.closed;
  }
  agent.send({ type: "heartbeat", at: Date.now(), ...HEARTBEAT });
  agent.send(
    events(
      event(1, "session.started", { title: "a title", model: "a/b", createdAt: 1, updatedAt: 1 }),
      event(2, "session.busy"),
      event(3, "session.message", MESSAGE),
      event(4, "interaction.asked", { interactionId: "per_1", kind: "permission", summary: "may I?", askedAt: 1 }),
      event(5, "interaction.asked", {
        interactionId: "que_1",
        kind: "question",
        summary: "what?",
        questions: [QUESTION],
        askedAt: 2,
      }),
      event(6, "session.error", { name: "APIError", message: "invalid key" }, { session: "ses_failed" }),
    ),
  );
  await agent.next("ack");
  const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/openapi.json`);
  document = (await response.json()) as Document;
  ajv = new Ajv2020({ allErrors: true, strictSchema: false });
  formats.default(ajv);
  ajv.addSchema(closed(document) as Schema, "document");
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await n8n[Symbol.asyncDispose]();
});

/** nodes that are away */
const GONE = "01900000-0000-7000-8000-00000000000c";
const LOST = "01900000-0000-7000-8000-00000000000d";

/** one that can only be given up */
const UNKNOWN_EVENT = 900;

const QUESTION = { question: "which?", header: "h", options: [{ label: "a", description: "b" }], multiple: false };
const TOKENS = { input: 1, output: 2, reasoning: 3, cacheRead: 4, cacheWrite: 5 };
const MESSAGE = {
  messageId: "msg_1",
  role: "assistant",
  state: "complete",
  text: "hello",
  model: "a/b",
  tools: [{ tool: "bash", title: "ls", status: "completed" }],
  costMicroUsd: 10,
  tokens: TOKENS,
  createdAt: Date.now(),
};
const HEARTBEAT = {
  resources: { cpuPercent: 1, memoryUsedBytes: 1, memoryTotalBytes: 2 },
  opencode: { state: "up", version: "1.18.33", tested: true, since: 1 },
  outbox: { depth: 0 },
  sessions: { busy: 1 },
};

/** The document with every object closed, so that a field that is not documented is found. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, closed(inner)] as const);
  const schema: Schema = Object.fromEntries(entries);
  const isOpenObject = schema["type"] === "object" && "properties" in schema && !("additionalProperties" in schema);
  return isOpenObject ? { ...schema, additionalProperties: false } : schema;
}

function described(operation: Operation, alias?: string): Described {
  const found = document.paths[`/api/v1${alias ?? operation.path}`]?.[operation.method.toLowerCase()];
  if (found === undefined) throw new Error(`the document has no ${operation.name}`);
  return found;
}

function pointer(...keys: string[]): string {
  return `document#/${keys.map((key) => encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
}

function validatorOf(
  path: string,
  method: string,
  status: number | "default",
  type = "application/json",
  key = "schema",
): ValidateFunction {
  const found = ajv.getSchema(
    pointer("paths", path, method.toLowerCase(), "responses", String(status), "content", type, key),
  );
  if (found === undefined) throw new Error(`the document says nothing of ${method} ${path} ${status}`);
  return found;
}

/** What does not fit; nothing where all does. */
function misfits(validate: ValidateFunction, value: unknown): unknown {
  return validate(value) ? [] : { errors: validate.errors, value };
}

describe("the OpenAPI document", () => {
  it("is valid", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document as unknown as Record<string, unknown>);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  it.each(Object.values(OPERATIONS) as Operation[])(
    "has $name with its role, its input and all of its paths",
    (operation) => {
      for (const [index, path] of [operation.path, ...(operation.aliases ?? [])].entries()) {
        const found = described(operation, path);
        expect(found.operationId).toBe(index === 0 ? operation.name : `${operation.name}.${index + 1}`);
        expect(found["x-role"]).toBe(operation.role);
        expect(found.security).toBeUndefined();
        const names = [
          ...(found.parameters ?? []).flatMap(({ name, in: place }) =>
            place === "header" || name === undefined ? [] : [name],
          ),
          ...Object.keys(found.requestBody?.content["application/json"]?.schema["properties"] ?? {}),
        ];
        const { entries } = operation.input as unknown as { entries: object };
        expect(names.toSorted()).toEqual(Object.keys(entries).toSorted());
        expect((found.parameters ?? []).some(({ $ref }) => $ref === "#/components/parameters/IdempotencyKey")).toBe(
          operation.kind === "change",
        );
        expect(Object.keys(found.responses[200]?.content ?? {})).toEqual([
          operation.kind === "stream" ? "text/event-stream" : "application/json",
          ...(operation.table === undefined ? [] : ["text/csv"]),
        ]);
      }
    },
  );

  it("names each request once, and every code that there is", () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const failure = document.components.schemas["Failure"]?.["properties"] as { code: { enum: string[] } };
    expect(failure.code.enum).toEqual(HTTP_ERROR_CODES);
  });

  it("says of each tag what it is about", () => {
    expect(document.tags.filter(({ description = "" }) => description === "")).toEqual([]);
  });

  it("shows numbers as numbers, with their bounds and what stands for an absent one", () => {
    const parameters = described(OPERATIONS["sessions.list"]).parameters ?? [];
    expect(parameters.find(({ name }) => name === "limit")).toMatchObject({
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
    });
    expect(parameters.find(({ name }) => name === "roots")).toMatchObject({
      schema: { type: "boolean", default: false },
    });
    expect(described(OPERATIONS["cost.get"]).parameters).toMatchObject([
      { name: "period", in: "path", required: true },
    ]);
  });

  it("needs no token, holds none, and is not sent again to whom has it", async () => {
    const url = `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/openapi.json`;
    const first = await fetch(url);
    expect(first.headers.get("content-type")).toBe("application/json");
    expect(await first.text()).not.toContain(TOKEN);
    const again = await fetch(url, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });
});

describe("what the supervisor answers is what the document says", () => {
  const CALLS: Readonly<Record<string, Call>> = {
    "nodes.check": {
      path: NODE_ID,
      outcome: { opencode: HEARTBEAT.opencode, told: { busy: 1 }, working: { ses_one: { type: "busy" } } },
    },
    "nodes.remove": { path: GONE, body: { online: true } },
    "nodes.replace": { path: LOST, body: { by: NODE_ID, unlike: true } },
    "sessions.start": {
      body: { project: "p1", prompt: "hi" },
      outcome: { sessionId: "ses_one", messageId: "msg_2" },
    },
    "sessions.prompt": {
      path: "ses_one",
      body: { text: "hi", anyway: true },
      outcome: { sessionId: "ses_one", messageId: "msg_3" },
    },
    "sessions.abort": { path: "ses_one", outcome: { sessionId: "ses_one" } },
    "sessions.resume": { path: "ses_failed", outcome: { sessionId: "ses_failed", messageId: "msg_4" } },
    "sessions.restart": {
      path: "ses_one",
      body: { plain: true },
      outcome: {
        sessionId: "ses_two",
        continues: "ses_one",
        ended: ["ses_one"],
        handover: { state: "not_asked", reason: "it was restarted without a handover" },
      },
    },
    "sessions.wait": { path: "ses_one", query: "?wait_ms=0" },
    "sessions.kill": { path: "ses_one", outcome: { sessionId: "ses_one", ended: ["ses_one"] } },
    "sessions.stopAll": { body: { wait_ms: 0, hold: true }, outcome: { sessionId: "ses_one" } },
    "holds.release": { body: { all: true } },
    "sessions.todo": {
      path: "ses_one",
      outcome: { todos: [{ content: "mend it", status: "pending", priority: "high" }] },
    },
    "sessions.diff": {
      path: "ses_one",
      outcome: {
        files: [{ file: "a.ts", status: "modified", additions: 1, deletions: 0, patch: "+a" }],
        cut: false,
      },
    },
    "interactions.answer": { path: "per_1", body: { reply: "once" }, outcome: { interactionId: "per_1" } },
    "inbox.snooze": { path: "ses_failed" },
    "inbox.acknowledge": { path: "ses_failed" },
    "inbox.reopen": { path: "ses_failed" },
    "policies.pause": { body: { scope: "fleet" } },
    "policies.resume": { body: { scope: "fleet" } },
    "schedules.add": { body: { name: "nightly", cron: "0 3 * * *", project: "p1", prompt: "run the tests" } },
    "schedules.run": { body: {}, outcome: { sessionId: "ses_one" } },
    "budgets.set": { body: { scope: "fleet", period: "day", limit_usd: 50, reason: "a test" } },
    "budgets.raise": { path: "fleet.day", body: { to_usd: 75, reason: "a test" } },
    "budgets.remove": { path: "fleet.day", body: { reason: "a test" } },
    "rules.add": { body: { reply: "allow", permission: "bash", pattern: "npm test*" } },
    "rules.remove": { path: "rule_" },
    "channels.test": { body: { target: "webhook#n8n" } },
    "routes.test": { query: `?event=${encodeURIComponent('{"type":"node.offline"}')}` },
    "routes.why": { path: "6" },
    "incoming.off": { body: { repository: "octo/web" } },
    "incoming.on": { body: { repository: "octo/web" } },
    "tokens.create": { body: { name: "ci", role: "viewer" } },
    "tokens.revoke": { path: "ci" },
    "followers.retry": { path: "journal", body: {} },
    "followers.drop": { path: "journal", body: { event_id: UNKNOWN_EVENT } },
    "db.prune": { body: { older_than_ms: 3_600_000, dry_run: true } },
  };

  const NAMES: { readonly [R in Reference]?: string } = {
    session: "ses_one",
    project: "p1",
    node: NODE_ID,
    interaction: "per_1",
    command: "the-command",
    schedule: "nightly",
  };

  /** What the field of its path names, by what it says that it refers to; or one of its choices. */
  function nameFor(operation: Operation): string {
    const [parameter] = pathParameters(operation.path);
    const field = typedFields(operation).find((one) => one.field === parameter);
    return field?.refers.map((kind) => NAMES[kind]).find((name) => name !== undefined) ?? field?.choices?.[0] ?? "";
  }

  let seq = 6;
  let commandId = "";

  async function call(operation: Operation): Promise<Response> {
    const { path = nameFor(operation), query = "", body, outcome } = CALLS[operation.name] ?? {};
    const filled = `/api/v1${operation.path.replaceAll(/\{\w+\}/g, path.replace("the-command", commandId))}${query}`;
    const asked = operation.method === "GET" ? stage.get(filled) : stage.send(operation.method, filled, body);
    if (outcome === undefined) return asked;
    const command = await agent.next("command");
    commandId = String(command["id"]);
    const told = { commandId: command["id"], output: outcome };
    const sourceKey = `command/${commandId}/outcome`;
    agent.send(events(event((seq += 1), "command.succeeded", told, { session: undefined, sourceKey })));
    return asked;
  }

  it.each(
    (Object.values(OPERATIONS) as Operation[]).filter(
      ({ name, kind }) => kind !== "stream" && name !== "commands.cancel" && !name.startsWith("prompts."),
    ),
  )("$name", async (operation) => {
    const response = await call(operation);
    const body: unknown = await response.json();
    expect([response.status, body]).toMatchObject([200, { data: expect.anything() }]);
    expect(misfits(validatorOf(`/api/v1${operation.path}`, operation.method, 200), body)).toEqual([]);
  });

  it("has rows in each list that it was compared with", async () => {
    for (const path of [
      "nodes",
      "sessions",
      "sessions/ses_one/messages",
      "interactions?state=all",
      "commands",
      "schedule-occasions",
      "events",
      "channels",
      "notices",
      "routes",
      "tokens",
      "audit",
    ]) {
      const { data } = (await (await stage.get(`/api/v1/${path}`)).json()) as { data: unknown[] };
      expect([path, data.length > 0]).toEqual([path, true]);
    }
  });

  it("prompts, of which one waits for its node", async () => {
    await using own = await startStage();
    const away = await connected(own);
    away.send(events(event(1, "session.idle", { turn: "none" })));
    await away.next("ack");
    away.send({ type: "bye", reason: "for the test" });
    away.close();
    await away.closed;
    const given = await own.send("POST", "/api/v1/sessions/ses_one/prompt", { text: "hi", delivery: "queue" });
    const reply = (await given.json()) as { data: { command: null; prompt: { id: string } } };
    expect(reply).toMatchObject({ data: { command: null, prompt: { state: "pending", place: 1 } } });
    expect(misfits(validatorOf("/api/v1/sessions/{ref}/prompt", "POST", 200), reply)).toEqual([]);
    const { id } = reply.data.prompt;
    const asked: readonly (readonly [string, string, Promise<Response>])[] = [
      ["/prompts", "GET", own.get("/api/v1/prompts")],
      ["/prompts/{id}", "GET", own.get(`/api/v1/prompts/${id}`)],
      ["/prompts/{id}", "PUT", own.send("PUT", `/api/v1/prompts/${id}`, { text: "ho" })],
      ["/prompts/{id}/move", "POST", own.send("POST", `/api/v1/prompts/${id}/move`, { place: 2 })],
      ["/prompts/{id}/switch", "POST", own.send("POST", `/api/v1/prompts/${id}/switch`, { delivery: "steer" })],
    ];
    for (const [path, method, response] of asked) {
      const body: unknown = await (await response).json();
      expect([path, method, body]).toMatchObject([path, method, { data: expect.anything() }]);
      expect(misfits(validatorOf(`/api/v1${path}`, method as "GET", 200), body)).toEqual([]);
    }
    const cancelled = await (await own.send("POST", `/api/v1/prompts/${id}/cancel`, {})).json();
    expect(cancelled).toMatchObject({ data: { state: "cancelled", text: "ho", delivery: "steer" } });
    expect(misfits(validatorOf("/api/v1/prompts/{id}/cancel", "POST", 200), cancelled)).toEqual([]);
  });

  it("commands.cancel, of a command that waits for its node", async () => {
    await using own = await startStage();
    const away = await connected(own);
    away.send({ type: "bye", reason: "for the test" });
    away.close();
    await expect
      .poll(
        async () => ((await (await own.get("/api/v1/nodes")).json()) as { data: { status: string }[] }).data[0]?.status,
      )
      .toBe("offline");
    const queued = (await (await own.send("POST", "/api/v1/sessions", { project: "p1", wait_ms: 0 })).json()) as {
      data: { command: { id: string } };
    };
    const response = await own.send("POST", `/api/v1/commands/${queued.data.command.id}/cancel`, {});
    expect(response.status).toBe(200);
    expect(misfits(validatorOf("/api/v1/commands/{id}/cancel", "POST", 200), await response.json())).toEqual([]);
  });

  it.each([
    ["GET", "/api/v1/sessions", "/api/v1/sessions?status=asleep", 400],
    ["GET", "/api/v1/sessions/{ref}", "/api/v1/sessions/ses_none", 404],
    ["GET", "/api/v1/events", "/api/v1/events?cursor=other:1", 410],
    ["POST", "/api/v1/sessions", "/api/v1/sessions", 400],
  ] as const)("%s %s fails as documented: %s", async (method, declared, path, status) => {
    const response = method === "GET" ? await stage.get(path) : await stage.send(method, path, {});
    expect(response.status).toBe(status);
    expect(misfits(validatorOf(declared, method, status), await response.json())).toEqual([]);
  });

  it.each([
    [200, { type: "session_status", target: "ses_one" }],
    [404, { type: "session_status", target: "nowhere" }],
  ])("POST /api/v1/commands, which answers %i", async (status, body) => {
    const response = await stage.send("POST", "/api/v1/commands", body);
    expect(response.status).toBe(status);
    expect(misfits(validatorOf("/api/v1/commands", "POST", status), await response.json())).toEqual([]);
  });

  it.each(["/healthz", "/readyz", "/api/v1/health"])("%s", async (path) => {
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`);
    expect(misfits(validatorOf(path, "GET", 200), await response.json())).toEqual([]);
  });

  it.each(["events.stream", "sessions.watch"] as const)("the items of %s", async (name) => {
    const operation: Operation = OPERATIONS[name];
    const path = operation.path.replace("{ref}", "que_session");
    agent.send(events(event((seq += 1), "session.busy", {}, { session: "ses_watched" })));
    await agent.next("ack");
    const leave = new AbortController();
    const response = await fetch(
      `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1${path.replace("que_session", "ses_watched")}`,
      {
        headers: { authorization: `Bearer ${TOKEN}` },
        signal: leave.signal,
      },
    );
    if (name === "events.stream") agent.send(events(event((seq += 1), "session.idle", {}, { session: "ses_watched" })));
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      text += decoder.decode(piece, { stream: true });
      if (/^data: .*\n\n/m.test(text)) break;
    }
    leave.abort();
    const item: unknown = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "");
    expect(
      misfits(validatorOf(`/api/v1${operation.path}`, "GET", 200, "text/event-stream", "x-item-schema"), item),
    ).toEqual([]);
  });
});
