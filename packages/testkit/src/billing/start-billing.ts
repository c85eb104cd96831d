import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { anthropicAnswer } from "./anthropic.ts";
import type { BillingAnswer, BillingCall } from "./answers.ts";
import { type BilledProvider, Meter, type Served } from "./meter.ts";
import { openaiAnswer } from "./openai.ts";
import { openrouterAnswer } from "./openrouter.ts";
import type { ListPrice } from "./price-list.ts";

/** What goes wrong with a request. */
export type BillingFault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  /** the connection breaks in the middle of the answer */
  | { readonly kind: "cut" }
  /** nothing is ever answered */
  | { readonly kind: "slow" }
  | { readonly kind: "not json" }
  /** JSON, and something else than a report */
  | { readonly kind: "wrong shape"; readonly body?: unknown }
  /** each page says that there is another one, behind the same token or always another one */
  | { readonly kind: "endless"; readonly sameToken?: boolean }
  /** somebody else is to be asked, with the same key */
  | { readonly kind: "redirect"; readonly to: string }
  /** an answer that never ends */
  | { readonly kind: "huge" };

export interface BillingOptions {
  /** what each provider takes; nothing is taken where none is said */
  readonly keys?: Partial<Record<BilledProvider, string>>;
  /** milliseconds since 1970 */
  readonly now?: () => number;
  /** so many buckets a page has at most, whatever is asked for */
  readonly pageSize?: number;
  /** whether OpenAI says its amounts as text */
  readonly amountsAsText?: boolean;
  /** whether OpenRouter's key sees its account; else it sees itself alone */
  readonly isManagement?: boolean;
  readonly port?: number;
}

/** A request as it came, without its key. */
export interface BillingRequest {
  readonly provider: BilledProvider | undefined;
  readonly path: string;
  readonly query: string;
  readonly userAgent: string;
  /** 0 where it was not answered */
  readonly status: number;
}

interface StandingFault {
  readonly fault: BillingFault;
  timesLeft: number;
}

/** Providers' bills on loopback: what they serve is what this was told, at prices of its own. */
export interface BillingDouble extends AsyncDisposable {
  /** the base address of all of them */
  readonly url: string;
  readonly requests: readonly BillingRequest[];
  /** Tells that a model answered somebody. */
  served(one: Served): void;
  /** What a million tokens of a model cost, in micro-dollars. */
  price(model: string, price: Partial<ListPrice>): void;
  /** Nothing is late any more. */
  settle(): void;
  /** What is truly to be paid for a day of UTC, written `2026-11-28`, told or not, in pico-dollars. */
  truth(provider: BilledProvider, day: string): bigint;
  /** From now on requests to a provider fail so, or the next `times` of them, or those whose path or query contains a text; undefined ends all of it. */
  fail(
    provider: BilledProvider,
    fault: BillingFault | undefined,
    options?: { readonly times?: number; readonly path?: string },
  ): void;
  /** Another key is taken from now on. */
  rotate(provider: BilledProvider, key: string): void;
}

/** Starts them. */
export async function startBilling(options: BillingOptions = {}): Promise<BillingDouble> {
  const { now = Date.now, pageSize = 1_000, amountsAsText = false, isManagement = true } = options;
  const keys = new Map(Object.entries(options.keys ?? {}));
  const meter = new Meter();
  const faults = new Map<BilledProvider, (StandingFault & { readonly path: string })[]>();
  const requests: BillingRequest[] = [];

  const faultOf = (provider: BilledProvider | undefined, path: string): BillingFault | undefined => {
    const standing = provider && faults.get(provider)?.find((one) => one.timesLeft > 0 && path.includes(one.path));
    if (standing) standing.timesLeft -= 1;
    return standing?.fault;
  };
  const answerOf = (provider: BilledProvider | undefined, call: BillingCall): BillingAnswer => {
    switch (provider) {
      case "anthropic":
        return anthropicAnswer(call, meter, { key: keys.get(provider), pageSize });
      case "openai":
        return openaiAnswer(call, meter, { key: keys.get(provider), pageSize, amountsAsText });
      case "openrouter":
        return openrouterAnswer(call, meter, { key: keys.get(provider), isManagement });
      case undefined:
        return { status: 404, body: { error: { message: "nobody is here" } } };
      default:
        return provider satisfies never;
    }
  };
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "http://double");
    const provider = providerAt(path);
    const header = (name: string): string | undefined => {
      const value = request.headers[name];
      return typeof value === "string" ? value : undefined;
    };
    const fault = faultOf(provider, request.url ?? "");
    let answer: BillingAnswer =
      request.method === "GET"
        ? answerOf(provider, { path, query, header, now: now() })
        : { status: 405, body: { error: { message: "Method Not Allowed" } } };
    const record = (status: number): void =>
      void requests.push({ provider, path, query: query.toString(), userAgent: header("user-agent") ?? "", status });
    if (fault !== undefined) {
      const faulty = faultyAnswer(fault, answer, requests.length);
      if (typeof faulty === "string") {
        record(0);
        if (faulty === "cut") cut(response);
        else if (faulty === "huge") pourInto(response);
        return;
      }
      answer = faulty;
    }
    record(answer.status);
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers }).end(text);
  };

  const server = createServer(take);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    served: (one) => meter.add(one),
    price: (model, price) => meter.price(model, price),
    settle: () => meter.settle(),
    truth: (provider, day) => meter.truth(provider, day),
    fail(provider, fault, { times = Number.POSITIVE_INFINITY, path = "" } = {}) {
      if (fault === undefined) faults.delete(provider);
      else faults.set(provider, [...(faults.get(provider) ?? []), { fault, timesLeft: times, path }]);
    },
    rotate: (provider, key) => void keys.set(provider, key),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function providerAt(path: string): BilledProvider | undefined {
  if (path.startsWith("/v1/organizations/")) return "anthropic";
  if (path.startsWith("/v1/organization/")) return "openai";
  return path.startsWith("/api/v1/") ? "openrouter" : undefined;
}

function faultyAnswer(
  fault: BillingFault,
  answer: BillingAnswer,
  count: number,
): BillingAnswer | "cut" | "slow" | "huge" {
  switch (fault.kind) {
    case "status":
      return {
        status: fault.status,
        body: { error: { type: "overloaded_error", message: "a scripted failure" } },
        ...(fault.retryAfter === undefined ? {} : { headers: { "retry-after": fault.retryAfter } }),
      };
    case "cut":
    case "slow":
    case "huge":
      return fault.kind;
    case "not json":
      return { status: 200, body: "<html><body>Bad gateway</body></html>" };
    case "wrong shape":
      return { status: 200, body: fault.body ?? { data: [{ nothing: true }], has_more: false } };
    case "endless": {
      const token = fault.sameToken === true ? "page_again" : `page_${count}`;
      return { status: 200, body: { ...(answer.body as object), data: [], has_more: true, next_page: token } };
    }
    case "redirect":
      return { status: 302, body: {}, headers: { location: fault.to } };
    default:
      return fault satisfies never;
  }
}

function cut(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": "10000" });
  response.write('{"data":[', () => response.destroy());
}

function pourInto(response: ServerResponse): void {
  const piece = " ".repeat(1_000_000);
  response.writeHead(200, { "content-type": "application/json" });
  const pour = (): void => {
    if (response.destroyed) return;
    if (response.write(piece)) setImmediate(pour);
    else response.once("drain", pour);
  };
  pour();
}
