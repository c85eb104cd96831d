import { type ErrorCode, errorBodyOf, HalError, LIMITS, OPERATIONS, type Operation } from "@hal/protocol";
import { type Context as HonoContext, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { SECURITY_HEADERS } from "../raw-answer.ts";
import type { Context } from "../context.ts";
import { type Actor, dispatch } from "../flows/dispatch.ts";
import { type Guards, guardApi, nodeOf } from "./guard.ts";
import { health, readiness } from "./health.ts";
import { shared } from "./shared.ts";
import { eventStream } from "./sse.ts";

const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  auth_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  ambiguous: 409,
  conflict: 409,
  expired: 409,
  cancelled: 409,
  interrupted: 409,
  agent_state_lost: 409,
  stale: 409,
  cursor_lost: 410,
  payload_too_large: 413,
  rate_limited: 429,
  internal: 500,
  opencode_error: 502,
  protocol_error: 502,
  unreachable: 502,
  node_offline: 503,
  opencode_unavailable: 503,
  project_unavailable: 503,
  unavailable: 503,
};

/** What a request carries once it is known who asks. */
export type Env = { Variables: { actor: Actor } };

/** The HTTP door: routes come from the operations contract, every failure is in the envelope. */
export function createApp(context: Context, guards: Guards): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
  });
  // nobody needs a token for these: however many ask, they are computed once at a time
  const ready = shared(() => readiness(context));
  const metrics = shared(() => context.metrics.registry.metrics());
  app.get("/healthz", (c) => c.json(health(context)));
  app.get("/readyz", async (c) => {
    const found = await ready();
    return c.json(found, found.status === "healthy" ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    c.header("content-type", context.metrics.registry.contentType);
    return c.body(await metrics());
  });
  app.get("/api/v1/health", (c) => c.json(health(context)));

  app.use("/api/v1/*", guardApi(context, guards, failure));
  app.use(
    "/api/v1/*",
    bodyLimit({
      maxSize: LIMITS.httpBodyBytes,
      onError: (c) => failure(c, new HalError("payload_too_large", `the body is above ${LIMITS.httpBodyBytes} bytes`)),
    }),
  );
  for (const operation of Object.values(OPERATIONS)) mount(app, context, operation);

  app.notFound((c) => noRoute(c));
  app.onError((error, c) => {
    // whoever leaves, or is cut, while the request still comes is no failure of ours
    const hasLeft = nodeOf(c)?.incoming?.destroyed === true;
    if (!(error instanceof HalError) && !hasLeft) context.log.error({ error, path: c.req.path }, "request failed");
    return failure(c, error);
  });
  return app;
}

function mount(app: Hono<Env>, context: Context, operation: Operation): void {
  const route = `/api/v1${operation.path.replaceAll(/\{(\w+)\}/g, ":$1")}`;
  app.on(operation.method, route, async (c) => {
    const request = {
      operation: operation.name,
      input: await inputOf(c, operation),
      idempotencyKey: c.req.header("idempotency-key"),
      signal: c.req.raw.signal,
    };
    if (operation.kind === "stream")
      return eventStream(context, c.get("actor"), request, {
        lastEventId: c.req.header("last-event-id"),
        cutOff: () => nodeOf(c)?.outgoing?.destroy(),
      });
    const { output, meta } = await dispatch(context, c.get("actor"), request);
    return c.json(meta === undefined ? { data: output } : { data: output, meta });
  });
}

async function inputOf(c: HonoContext<Env>, operation: Operation): Promise<unknown> {
  const parameters = c.req.param();
  if (operation.method === "GET") return { ...c.req.query(), ...parameters };
  const text = await c.req.text();
  if (text.trim() === "") return parameters;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new HalError("bad_request", `the body is not JSON: ${(error as Error).message}`);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new HalError("bad_request", "the body must be a JSON object");
  return { ...body, ...parameters };
}

function noRoute(c: HonoContext): Response {
  const allowed = methodsOf(c.req.path);
  if (allowed.length === 0)
    return failure(c, new HalError("not_found", `nothing is at ${c.req.path}; the API is below /api/v1`));
  c.header("allow", allowed.join(", "));
  return failure(c, new HalError("method_not_allowed", `${c.req.path} takes ${allowed.join(", ")}`));
}

function methodsOf(path: string): string[] {
  if (["/healthz", "/readyz", "/metrics", "/api/v1/health"].includes(path)) return ["GET"];
  const methods = Object.values(OPERATIONS)
    .filter((operation) => new RegExp(`^/api/v1${operation.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path))
    .map(({ method }) => method as string);
  return [...new Set(methods)];
}

function failure(c: HonoContext, error: unknown): Response {
  const { code, message, details } = errorBodyOf(error);
  const name = code === "bad_request" && details !== undefined ? "VALIDATION_ERROR" : code.toUpperCase();
  const body = { error: message, code: name, ...(details === undefined ? {} : { details }) };
  return c.json(body, STATUS[code] as 500);
}
