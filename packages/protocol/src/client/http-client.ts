import { type ErrorCode, errorCodeOfHttp, HalError } from "../errors.ts";
import { OPERATIONS } from "../operations/index.ts";
import { type Operation, pathParameters } from "../operations/operation.ts";
import { type CallResult, checkAsked, type OperatorClient, type StreamedItem } from "./operator-client.ts";
import { readServerSentEvents } from "./server-sent-events.ts";
import { refusedToken, unreachable } from "./failures.ts";
import { withDefaults } from "./with-defaults.ts";

export interface HttpClientOptions {
  /** address of the HTTP port, such as `http://localhost:8421` */
  readonly url: string;
  readonly token: string;
  /** `fetch` of wherever this runs */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** A typed client over HTTP; it runs in browsers, too. */
export function createHttpClient(given: HttpClientOptions): OperatorClient {
  return {
    async call(name, input, options) {
      checkAsked(name, input, "call");
      const { signal, idempotencyKey } = options ?? {};
      const operation: Operation = OPERATIONS[name];
      const response = await send(given, operation, input, { signal, idempotencyKey });
      const body = await bodyOf(response, given);
      return { output: withDefaults(operation.output, body.data), meta: body.meta ?? {} } as CallResult<typeof name>;
    },
    async *stream(name, input, options) {
      checkAsked(name, input, "stream");
      const { signal } = options ?? {};
      const operation: Operation = OPERATIONS[name];
      const response = await send(given, operation, input, { signal, accept: "text/event-stream" });
      if (!response.ok || response.body === null) {
        await bodyOf(response, given);
        return;
      }
      try {
        for await (const { id, event, data } of readServerSentEvents(response.body)) {
          if (event === "error") throw failureOf(parse(data)) ?? new HalError("internal", "the stream failed");
          yield { item: JSON.parse(data) as StreamedItem<typeof name>["item"], cursor: id };
        }
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        if (error instanceof HalError) throw error;
        throw unreachable(given.url, error);
      }
      throw unreachable(given.url, new Error("the stream ended"));
    },
    close: () => Promise.resolve(),
  };
}

interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly accept?: string;
}

async function send(
  options: HttpClientOptions,
  operation: Operation,
  input: unknown,
  { signal, idempotencyKey, accept }: SendOptions,
): Promise<Response> {
  const { path, body } = routeFor(operation, input);
  try {
    return await options.fetch(`${options.url.replace(/\/+$/, "")}/api/v1${path}`, {
      method: operation.method,
      headers: {
        authorization: `Bearer ${options.token}`,
        accept: accept ?? "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw unreachable(options.url, error);
  }
}

/** Path parameters come out of the input; the rest is the query of a GET and the body of anything else. */
export function routeFor(
  operation: Operation,
  input: unknown,
): { readonly path: string; readonly body: string | undefined } {
  const rest: Record<string, unknown> = { ...(input as Record<string, unknown>) };
  let { path } = operation;
  for (const name of pathParameters(operation.path)) {
    const value = rest[name];
    if (typeof value !== "string" || value === "")
      throw new HalError("bad_request", `${operation.name}: ${name} is missing`);
    path = path.replace(`{${name}}`, () => encodeURIComponent(value));
    delete rest[name];
  }
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  if (operation.method !== "GET") return { path, body: JSON.stringify(Object.fromEntries(given)) };
  const query = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString();
  return { path: query === "" ? path : `${path}?${query}`, body: undefined };
}

interface Envelope {
  readonly data?: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
}

async function bodyOf(response: Response, options: HttpClientOptions): Promise<Envelope> {
  const text = await response.text();
  const body = parse(text);
  if (response.ok && body !== undefined) return body as Envelope;
  const failure = failureOf(body);
  if (response.status === 401) throw refusedToken(options.token, failure?.message);
  throw (
    failure ??
    new HalError("unreachable", `${options.url} answered ${response.status} and is not a supervisor's HTTP port`)
  );
}

/** The failure that an answer, or the end of a stream, tells; undefined where it tells none. */
function failureOf(body: unknown): HalError | undefined {
  const { error, code, details } = (body ?? {}) as { error?: unknown; code?: unknown; details?: unknown };
  if (typeof error !== "string" || typeof code !== "string") return undefined;
  return new HalError(codeOf(code), error, { details });
}

function codeOf(name: string): ErrorCode {
  // the supervisor's other port, which says so itself
  if (name === "UPGRADE_REQUIRED") return "unreachable";
  return errorCodeOfHttp(name) ?? "internal";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not ours: the status tells
  }
}
