import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How far the time of a message may be from now, in seconds, both ways. */
const WINDOW_SEC = 300;

/** What it answers to the next one: a status, with headers; `hang` never answers, `drop` cuts the connection once it has read the message. */
export type WebhookAnswer =
  | "hang"
  | "drop"
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A message that came. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
  /** why whoever checks signatures would refuse it; undefined where nothing is wrong */
  readonly problem: string | undefined;
  readonly answered: WebhookAnswer;
}

export interface WebhookReceiverOptions {
  /** `whsec_…`; without it nothing is expected to be signed */
  readonly secret?: string;
  /** milliseconds since 1970 */
  readonly now?: () => number;
}

/** Somebody's webhook, such as a workflow's, on loopback: takes what is posted, judges its signature by itself, and fails when it is told to. */
export class WebhookReceiver implements AsyncDisposable {
  readonly #options: WebhookReceiverOptions;
  readonly #server = createServer((request, response) => void this.#take(request, response));
  readonly #next: WebhookAnswer[] = [];
  #decide: (message: Pick<ReceivedWebhook, "id" | "body">) => WebhookAnswer = () => ({ status: 204 });
  readonly #received: ReceivedWebhook[] = [];

  constructor(options: WebhookReceiverOptions = {}) {
    this.#options = options;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** All that came, in that order. */
  get received(): readonly ReceivedWebhook[] {
    return this.#received;
  }

  /** What was taken: each message once, however often it came. */
  get taken(): readonly ReceivedWebhook[] {
    const ids = new Set<string>();
    return this.#received.filter(({ id, answered }) => {
      const isTaken = typeof answered === "object" && answered.status >= 200 && answered.status < 300 && !ids.has(id);
      if (isTaken) ids.add(id);
      return isTaken;
    });
  }

  /** The next ones are answered so, one each. */
  answerNext(...answers: readonly WebhookAnswer[]): void {
    this.#next.push(...answers);
  }

  /** All behind those are answered so. */
  answerAlways(answer: WebhookAnswer): void {
    this.decide(() => answer);
  }

  /** The same, as somebody decides for each. */
  decide(answerTo: (message: Pick<ReceivedWebhook, "id" | "body">) => WebhookAnswer): void {
    this.#decide = answerTo;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const raw = Buffer.concat(pieces).toString();
    const { body, problem } = read(raw);
    const id = header(request, "webhook-id");
    const answered = this.#next.shift() ?? this.#decide({ id, body });
    this.#received.push({ id, body, problem: problem ?? this.#judge(request, raw), answered });
    if (answered === "hang") return;
    if (answered === "drop") request.socket.destroy();
    else response.writeHead(answered.status, answered.headers ?? {}).end();
  }

  #judge(request: IncomingMessage, raw: string): string | undefined {
    const { secret, now = Date.now } = this.#options;
    if (request.method !== "POST") return `it came by ${request.method}`;
    if (header(request, "content-type") !== "application/json") return "it is not said to be JSON";
    const [id, at, given] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((one) => header(request, one));
    if (id === undefined || id === "" || id.includes(".")) return `${id} is no webhook-id`;
    if (at === undefined || !/^\d+$/.test(at) || Math.abs(Number(at) - now() / 1_000) > WINDOW_SEC)
      return `${at} is no webhook-timestamp of these minutes`;
    if (secret === undefined) return given === "" ? undefined : "it is signed, and nobody expects that";
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const own = Buffer.from(`v1,${createHmac("sha256", key).update(`${id}.${at}.${raw}`).digest("base64")}`);
    const theirs = (given ?? "").split(" ").map((one) => Buffer.from(one));
    const isSigned = theirs.some((one) => one.length === own.length && timingSafeEqual(one, own));
    return isSigned ? undefined : "its signature is wrong";
  }
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function read(raw: string): Pick<ReceivedWebhook, "body" | "problem"> {
  const nothing = { type: "", timestamp: "", data: {} };
  try {
    const body = JSON.parse(raw) as ReceivedWebhook["body"];
    if (typeof body.type !== "string" || Number.isNaN(Date.parse(body.timestamp)) || typeof body.data !== "object")
      return { body: nothing, problem: "its body has no type, timestamp and data" };
    return { body, problem: undefined };
  } catch {
    return { body: nothing, problem: "its body is no JSON" };
  }
}
