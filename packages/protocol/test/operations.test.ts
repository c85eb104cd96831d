import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { createHttpClient, HalError, type Operation, OPERATIONS, pathParameters, typedFields } from "../src/index.ts";

const operations: readonly Operation[] = Object.values(OPERATIONS);

describe("the operations contract", () => {
  it("gives each operation a name and a route of its own", () => {
    const routes = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
    expect(new Set(routes).size).toBe(routes.length);
    for (const [name, operation] of Object.entries(OPERATIONS)) expect(operation.name).toBe(name);
  });

  it.each(operations.map((operation) => [operation.name, operation] as const))("%s is coherent", (_name, operation) => {
    expect(operation.summary).not.toBe("");
    const fields = Object.keys((operation.input as unknown as { entries: object }).entries);
    for (const parameter of pathParameters(operation.path)) expect(fields).toContain(parameter);
    // what changes is not a GET, and a viewer changes nothing
    expect(operation.kind === "change").toBe(operation.method !== "GET");
    expect(operation.kind === "change" && operation.role === "viewer").toBe(false);
    // every change says what the audit may show of it
    expect(operation.audited !== undefined).toBe(operation.kind === "change");
    for (const field of [operation.audited?.target ?? [], operation.audited?.plain ?? []].flat())
      expect(fields).toContain(field);
  });

  it.each(operations.filter(({ method }) => method === "GET").map((operation) => [operation.name, operation] as const))(
    "%s takes each field as a query string brings it",
    (_name, operation) => {
      const { entries } = operation.input as unknown as { readonly entries: Readonly<Record<string, v.GenericSchema>> };
      const choices = typedFields(operation).flatMap((field) => field.choices ?? []);
      const texts = [...choices, "true", "1000", "2026-02-03T04:05:06Z", "2026-02-03", "project,day", "word"];
      const refusing = Object.entries(entries).filter(([, schema]) => !texts.some((text) => v.is(schema, text)));
      expect(refusing.map(([field]) => field)).toEqual([]);
    },
  );

  it("takes numbers and booleans as query strings bring them", () => {
    expect(v.parse(OPERATIONS["sessions.list"].input, { limit: "7", roots: "true" })).toMatchObject({
      limit: 7,
      roots: true,
    });
    expect(v.safeParse(OPERATIONS["sessions.list"].input, { roots: "perhaps" }).success).toBe(false);
    expect(v.safeParse(OPERATIONS["commands.get"].input, { id: "cmd_1", wait_ms: "1e3" }).success).toBe(false);
  });

  it("takes a limit that is none as 100, and no more than 1000", () => {
    const taken = [undefined, "many", 0, -1, 1.5, "1000", 1001, "5000"].map(
      (limit) => v.parse(OPERATIONS["sessions.list"].input, { limit }).limit,
    );
    expect(taken).toEqual([100, 100, 100, 100, 100, 1000, 1000, 1000]);
  });
});

describe("the HTTP client", () => {
  async function asked(response: Response, ask: (client: ReturnType<typeof createHttpClient>) => Promise<unknown>) {
    const seen: { url: string; init: RequestInit }[] = [];
    const client = createHttpClient({
      url: "http://supervisor:8421/",
      token: "t",
      fetch: (url, init) => {
        seen.push({ url, init });
        return Promise.resolve(response);
      },
    });
    const result = await ask(client).catch((error: unknown) => error);
    return { result, request: seen[0] };
  }

  it("derives route, query and body from the contract", async () => {
    const get = await asked(Response.json({ data: [] }), (client) =>
      client.call("sessions.messages", { ref: "node/project", limit: 5 }),
    );
    expect(get.request?.url).toBe("http://supervisor:8421/api/v1/sessions/node%2Fproject/messages?limit=5");
    const post = await asked(Response.json({ data: {} }), (client) =>
      client.call("sessions.prompt", { ref: "ses_1", text: "hi" }, { idempotencyKey: "k" }),
    );
    expect(post.request?.url).toBe("http://supervisor:8421/api/v1/sessions/ses_1/prompt");
    expect(post.request?.init).toMatchObject({
      method: "POST",
      body: '{"text":"hi"}',
      headers: { "idempotency-key": "k" },
    });
  });

  it.each([
    [Response.json({ error: "no session x", code: "NOT_FOUND" }, { status: 404 }), "not_found", "no session x"],
    [Response.json({ error: "bad", code: "VALIDATION_ERROR" }, { status: 400 }), "bad_request", "bad"],
    [Response.json({ error: "x", code: "AUTH_REQUIRED" }, { status: 401 }), "auth_required", "authentication failed"],
    [new Response("<html>", { status: 200 }), "unreachable", "is not a supervisor's HTTP port"],
  ])("turns a failure into an error with its code", async (response, code, text) => {
    const { result } = await asked(response, (client) => client.call("nodes.list", {}));
    expect(result).toBeInstanceOf(HalError);
    expect(result).toMatchObject({ code, message: expect.stringContaining(text) });
  });
});
