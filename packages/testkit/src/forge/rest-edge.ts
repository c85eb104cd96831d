import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with one call: it is answered so and nothing is done, or it is done and `drop` cuts the answer off. */
export type ForgeFault =
  | "drop"
  | "reset"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A call as it came. */
export interface ForgeCall {
  readonly method: string;
  /** without what is in front of it, with the query */
  readonly path: string;
  readonly header: (name: string) => string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a call is answered with. */
export interface ForgeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call with what it was answered, for whoever looks afterwards. */
export interface ForgeRecord {
  readonly method: string;
  readonly path: string;
  /** 0 where it was cut off */
  readonly status: number;
}

/** The REST edge of a service on loopback: answers as it is told to, fails where a test wants it to, and writes down what came. */
export class RestEdge implements AsyncDisposable {
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #answer: (call: ForgeCall) => ForgeAnswer;
  readonly #faults: ForgeFault[] = [];
  #always: ForgeFault | undefined;
  readonly #record: ForgeRecord[] = [];

  constructor(answer: (call: ForgeCall) => ForgeAnswer) {
    this.#answer = answer;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get record(): readonly ForgeRecord[] {
    return this.#record;
  }

  /** The next calls fail so, one each. */
  failNext(...faults: readonly ForgeFault[]): void {
    this.#faults.push(...faults);
  }

  /** All behind those fail so; undefined has them go well. */
  failAlways(fault: ForgeFault | undefined): void {
    this.#always = fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = "", url = "" } = request;
    const fault = this.#faults.shift() ?? this.#always;
    if (fault === "reset") {
      this.#record.push({ method, path: url, status: 0 });
      request.socket.destroy();
      return;
    }
    const call = { method, path: url, header: headerOf(request), body: readBody(Buffer.concat(pieces).toString()) };
    const answered = typeof fault === "object" ? { body: { message: "a fault" }, ...fault } : this.#answer(call);
    this.#record.push({ method, path: url, status: fault === "drop" ? 0 : answered.status });
    if (fault === "drop") request.socket.destroy();
    else
      response
        .writeHead(answered.status, { "content-type": "application/json", ...answered.headers })
        .end(JSON.stringify(answered.body));
  }
}

function headerOf(request: IncomingMessage): (name: string) => string {
  return (name) => {
    const value = request.headers[name];
    return typeof value === "string" ? value : "";
  };
}

function readBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
  } catch {
    return {};
  }
}

/** A page of a list, as `page` and `per_page` ask for it. */
export function pageOf<Row>(rows: readonly Row[], query: URLSearchParams): readonly Row[] {
  const size = Math.min(100, Math.max(1, Number(query.get("per_page") ?? 30)));
  const page = Math.max(1, Number(query.get("page") ?? 1));
  return rows.slice((page - 1) * size, page * size);
}
