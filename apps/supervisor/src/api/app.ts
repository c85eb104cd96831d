import { HalError, isOperationName, LIMITS, type Operation } from "@hal/protocol";
import { parseJson } from "@hal/daemon";
import { type Context as HonoContext, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { etag } from "hono/etag";
import type { Context } from "../context.ts";
import { authoriseFirst, dispatch, type Needed, parseInput } from "../operations/dispatch.ts";
import type { Actor } from "../operations/handler.ts";
import { SECURITY_HEADERS } from "../gate/raw-answer.ts";
import { csvAnswer, wantsCsv } from "./csv.ts";
import { failure, json } from "./envelope.ts";
import { type Guards, guardApi, nodeOf } from "./guard.ts";
import { alive, health, readiness } from "./health.ts";
import { openApiDocument } from "./openapi/document.ts";
import { docsPage } from "./pages/docs-page.ts";
import { indexPage } from "./pages/index-page.ts";
import { PAGE_POLICY } from "./pages/layout.ts";
import { mountIncoming } from "./incoming.ts";
import { BARE_PATHS, BASE, DECLARED, methodsOf, pathsOf, SLACK_PATH } from "./routes.ts";
import { singleFlight } from "./single-flight.ts";
import { eventStream } from "./sse.ts";
import { answerV1, requestOfV1, v1Commands } from "./v1-commands.ts";

/** What a request carries once it is known who asks. */
export type Env = { Variables: { actor: Actor } };

/** The HTTP door: routes come from the operations contract, every failure is in the envelope. */
export function createApp(context: Context, guards: Guards): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value);
  });
  mountBare(app, context);
  // who that is its signature says, over the body as it came
  app.post(SLACK_PATH, async (c) => (await context.channels.answerSlack(c.req.raw)) ?? c.notFound());
  mountIncoming(app, context);
  for (const path of ["/ws", "/ws/agent", "/ws/control"]) app.get(path, (c) => upgradeRequired(c));

  app.use(`${BASE}/*`, guardApi(context, guards, failure));
  for (const operation of DECLARED) mount(app, context, operation);

  app.notFound((c) => noRoute(c));
  app.onError((error, c) => {
    // whoever leaves, or is cut, while the request still comes is no failure of ours
    const hasLeft = nodeOf(c)?.incoming?.destroyed === true;
    if (!(error instanceof HalError) && !hasLeft) context.log.error({ error, path: c.req.path }, "request failed");
    return failure(c, error);
  });
  return app;
}

/** What needs no token, because nothing of it is anybody's: docs/decisions/0008. */
function mountBare(app: Hono<Env>, context: Context): void {
  // however many ask, they are computed once at a time
  const ready = singleFlight(() => readiness(context));
  const works = singleFlight(() => health(context));
  const metrics = singleFlight(() => context.metrics.registry.metrics());
  app.get(BARE_PATHS.alive, (c) => c.json(alive(context)));
  app.get(BARE_PATHS.ready, async (c) => {
    const found = await ready();
    return c.json(found, found.status === "healthy" ? 200 : 503);
  });
  app.get(BARE_PATHS.health, async (c) => c.json(await works()));
  app.get(BARE_PATHS.metrics, async (c) => {
    c.header("content-type", context.metrics.registry.contentType);
    return c.body(await metrics());
  });
  const document = once(() => JSON.stringify(openApiDocument(context.version)));
  app.get(BARE_PATHS.openapi, etag(), (c) =>
    c.body(document(), 200, { "content-type": "application/json", "cache-control": REVALIDATED }),
  );
  const docs = once(() => docsPage(context.version));
  app.get(BARE_PATHS.docs, etag(), (c) => c.html(docs(), 200, PAGE_HEADERS));
  app.get(BARE_PATHS.index, (c) => c.html(indexPage(context.version), 200, PAGE_HEADERS));
}

/** It may be kept, as long as it is asked whether it is still so. */
const REVALIDATED = "no-cache";
const PAGE_HEADERS = { "content-security-policy": PAGE_POLICY, "cache-control": REVALIDATED };

/** Makes something when it is asked for first. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function mount(app: Hono<Env>, context: Context, operation: Operation): void {
  const routes = pathsOf(operation).map((path) => path.replaceAll(/\{(\w+)\}/g, ":$1"));
  const { httpBodyBytes } = context.limits;
  const limit = bodyLimit({
    maxSize: httpBodyBytes,
    onError: (c) => failure(c, new HalError("payload_too_large", `the body is above ${httpBodyBytes} bytes`)),
  });
  // whoever may not ask hears that before anything of the body is read
  const mayAsk: MiddlewareHandler<Env> = async (c, next) => {
    const traceparent = c.req.header("traceparent");
    await authoriseFirst(context, c.get("actor"), { ...neededOf(operation), traceparent });
    await next();
  };
  app.on(operation.method, routes, mayAsk, limit, async (c) => {
    const request = {
      operation: operation.name,
      input: await inputOf(c, operation),
      idempotencyKey: idempotencyKeyOf(c),
      traceparent: c.req.header("traceparent"),
      signal: c.req.raw.signal,
    };
    const actor = c.get("actor");
    if (operation.kind === "stream")
      return eventStream(context, actor, request, {
        lastEventId: c.req.header("last-event-id"),
        cutOff: () => nodeOf(c)?.outgoing?.destroy(),
      });
    if (operation === v1Commands) {
      const asked = requestOfV1(parseInput(v1Commands.input, request.input), request);
      return json(c, { data: await answerV1(context, actor, asked) });
    }
    if (wantsCsv(c, operation))
      return csvAnswer(c, operation, async (page) => {
        const input = { ...(request.input as object), ...page };
        return (await dispatch(context, actor, { ...request, input })).output;
      });
    const { output, meta } = await dispatch(context, actor, request);
    return json(c, meta === undefined ? { data: output } : { data: output, meta });
  });
}

/** What a v1 command says decides which role it needs; an agent may say none. */
function neededOf({ name, role }: Operation): Needed {
  return isOperationName(name) ? { name, role } : { name: "v1.commands", role: "viewer" };
}

async function inputOf(c: HonoContext<Env>, operation: Operation): Promise<unknown> {
  const parameters = c.req.param();
  if (operation.method === "GET") return { ...queryOf(c), ...parameters };
  const text = await c.req.text();
  if (text.trim() === "") return parameters;
  const parsed = parseJson(text);
  if (!parsed.ok) throw new HalError("bad_request", `the body is not JSON: ${parsed.problem}`);
  const body = parsed.value;
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new HalError("bad_request", "the body must be a JSON object");
  return { ...body, ...parameters };
}

/** A filter without a value filters nothing. */
function queryOf(c: HonoContext): Record<string, string> {
  return Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ""));
}

function idempotencyKeyOf(c: HonoContext): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || (key.length > 0 && key.length <= LIMITS.idempotencyKeyChars)) return key;
  throw new HalError("bad_request", `an Idempotency-Key has 1 to ${LIMITS.idempotencyKeyChars} characters`);
}

function noRoute(c: HonoContext): Response {
  const allowed = methodsOf(c.req.path);
  if (allowed.length === 0)
    return failure(c, new HalError("not_found", `nothing is at ${c.req.path}; what there is: ${BARE_PATHS.docs}`));
  c.header("allow", allowed.join(", "));
  return failure(c, new HalError("method_not_allowed", `${c.req.path} takes ${allowed.join(", ")}`));
}

/** Agents and halctl may come by this port, too; a person with curl should learn what is missing. */
function upgradeRequired(c: HonoContext): Response {
  c.header("upgrade", "websocket");
  c.header("connection", "upgrade");
  const error = "this path is for WebSocket connections of agents and halctl; send an upgrade";
  return c.json({ error, code: "UPGRADE_REQUIRED" }, 426);
}
