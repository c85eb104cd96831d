import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createRequire } from "node:module";

// fetch, and an import of node:http as a module, which reads its getters, load Node's whole web client: 14 MB, and 17 more
// when the first fetch compiles its parser. What is required by name does not.
const { request } = createRequire(import.meta.url)("node:http") as typeof import("node:http");

/** A request to a server on this machine. */
export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  /** sent as JSON where it is defined */
  readonly body?: unknown;
}

/** An answer that was read to its end. */
export interface HttpAnswer {
  readonly status: number;
  /** what its JSON says; undefined where it is empty */
  readonly body: unknown;
}

/** Resolves when an answer begins. */
export function openHttp({ url, method = "GET", headers, body }: HttpRequest, signal: AbortSignal) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const json = text === undefined ? {} : { "content-type": "application/json" };
    // a connection of its own: one that is used again may have been closed by the other end just now
    const asking = request(url, { method, headers: { ...headers, ...json }, agent: false, signal });
    asking.once("response", resolve);
    asking.on("error", reject);
    asking.end(text);
  });
}

/** Has something done and throws the answer away, however big it is. */
export async function touchHttp(asked: HttpRequest, signal: AbortSignal): Promise<void> {
  const response = await openHttp(asked, signal);
  response.resume();
  await once(response, "end", { signal });
  if (!isOk({ status: response.statusCode ?? 0 })) throw new Error(`it answered ${response.statusCode}`);
}

/** Reads an answer to its end, as JSON. */
export async function readJson(response: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString("utf8"));
}

/** Asks for JSON and reads the whole answer, whatever its status is; `read` is how. */
export async function askHttp(
  asked: HttpRequest,
  read: (json: string) => unknown,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const response = await openHttp(asked, signal);
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("utf8");
  // opencode answers what it does not know with the page of its web interface
  if (response.headers["content-type"]?.startsWith("text/html") === true)
    throw new Error("it answered with a web page: this version does not know the request");
  const status = response.statusCode ?? 0;
  return { status, body: text === "" ? undefined : parse(text, read) };
}

function parse(text: string, read: (json: string) => unknown): unknown {
  try {
    return read(text);
  } catch {
    return read(JSON.stringify(text)); // an error in plain words
  }
}

/** Whether a request was done. */
export function isOk({ status }: Pick<HttpAnswer, "status">): boolean {
  return status >= 200 && status < 300;
}
