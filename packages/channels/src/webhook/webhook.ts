import { request as overHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as overHttps } from "node:https";
import { Webhook } from "standardwebhooks";
import { type Abilities, type Channel, DeliveryError, type Facts, type Post, type Posted } from "../channel.ts";
import type { Message } from "../message.ts";
import { isPrivateHost, lookupPublic, PrivateAddressError } from "./private-addresses.ts";
import { retryAfterMs } from "./retry-after.ts";

const TIMEOUT_MS = 20_000;
/** Standard Webhooks recommend to stay below it. */
const MOST_BYTES = 20_000;

export interface WebhookOptions {
  /** http or https */
  readonly url: string;
  /** `whsec_` and 24 to 64 bytes in base64; nothing is signed without it */
  readonly secret?: string | undefined;
  /** whether it may be on this machine or in its network */
  readonly allowPrivate?: boolean | undefined;
  /** how long an answer may take, in milliseconds; 20 s where nothing is said */
  readonly timeoutMs?: number | undefined;
  /** says who sends */
  readonly userAgent?: string | undefined;
  /** milliseconds since 1970 */
  readonly now?: (() => number) | undefined;
}

const ABILITIES: Abilities = { edits: false, threads: false, finds: false, buttons: false };

/**
 * Sends what happened to one address by POST, signed as Standard Webhooks 1.0 say. Its place is "".
 * The body is `{type, timestamp, data}`; a message without facts is of the type `message`.
 */
export class WebhookChannel implements Channel {
  readonly kind = "webhook";
  readonly abilities = ABILITIES;
  readonly #options: WebhookOptions;
  readonly #url: URL;
  readonly #signer: Webhook | undefined;

  /** @throws TypeError where the address cannot be read; Error where the secret cannot */
  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#signer = options.secret === undefined ? undefined : new Webhook(options.secret);
  }

  async check(): Promise<readonly string[]> {
    const { hostname } = this.#url;
    if (this.#options.allowPrivate === true) return [];
    const problem = await new Promise<Error | null>((done) => {
      if (isPrivateHost(hostname)) done(new PrivateAddressError(`${hostname} is a private address`));
      else lookupPublic(hostname, {}, (error) => done(error));
    });
    return problem === null ? [] : [this.#failed(problem, false).message];
  }

  async post({ ref, message, facts }: Post, signal?: AbortSignal): Promise<Posted> {
    const body = JSON.stringify(bodyOf(facts ?? factsOf(message, this.#now())));
    const size = Buffer.byteLength(body);
    if (size > MOST_BYTES)
      throw new DeliveryError("refused", `it has ${size} bytes, and ${MOST_BYTES} is the most for a webhook`);
    const { statusCode = 0, headers } = await this.#send(ref, body, signal);
    if (statusCode >= 200 && statusCode < 300) return { place: "", id: ref };
    throw refusedWith(statusCode, retryAfterMs(headers["retry-after"], this.#now()));
  }

  async edit(): Promise<never> {
    throw new DeliveryError("refused", "what was sent to a webhook cannot be changed");
  }

  async find(): Promise<undefined> {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // each message has a connection of its own
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  #headers(ref: string, body: string): Record<string, string> {
    const at = new Date(Math.floor(this.#now() / 1_000) * 1_000);
    return {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "user-agent": this.#options.userAgent ?? "hal-channels",
      "webhook-id": ref,
      "webhook-timestamp": String(at.getTime() / 1_000),
      ...(this.#signer === undefined ? {} : { "webhook-signature": this.#signer.sign(ref, at, body) }),
    };
  }

  async #send(ref: string, body: string, given?: AbortSignal): Promise<IncomingMessage> {
    const { allowPrivate = false, timeoutMs = TIMEOUT_MS } = this.#options;
    const { hostname, protocol } = this.#url;
    if (!allowPrivate && isPrivateHost(hostname))
      throw this.#failed(new PrivateAddressError(`${hostname} is a private address`), false);
    const timeout = AbortSignal.timeout(timeoutMs);
    const options: RequestOptions = {
      method: "POST",
      agent: false,
      headers: this.#headers(ref, body),
      signal: given === undefined ? timeout : AbortSignal.any([given, timeout]),
      ...(allowPrivate ? {} : { lookup: lookupPublic }),
    };
    let sent: ClientRequest | undefined;
    try {
      return await new Promise((done, fail) => {
        sent = protocol === "https:" ? overHttps(this.#url, options) : overHttp(this.#url, options);
        sent.on("error", fail);
        sent.on("response", (answer) => {
          // what it says beside its status is of no concern, and may have no end
          answer.on("error", () => undefined).destroy();
          done(answer);
        });
        sent.end(body);
      });
    } catch (error) {
      if (given?.aborted === true) throw error;
      const isUncertain = sent?.writableFinished ?? false;
      throw this.#failed(timeout.aborted ? new Error(`no answer in ${timeoutMs / 1_000} s`) : error, isUncertain);
    }
  }

  #failed(cause: unknown, isUncertain: boolean): DeliveryError {
    const { host } = this.#url;
    if (cause instanceof PrivateAddressError)
      return new DeliveryError(
        "stopped",
        `${cause.message}, which is not allowed: set allow_private where it is meant to be reached`,
        { cause },
      );
    const { message, code } = cause as Error & { readonly code?: string };
    return new DeliveryError("again", `${host}: ${message === "" ? (code ?? "no answer") : message}`, {
      cause,
      isUncertain,
    });
  }
}

function refusedWith(status: number, waitMs: number | undefined): DeliveryError {
  if (status === 410) return new DeliveryError("stopped", "it answered 410: it wants nothing more");
  if (status === 413) return new DeliveryError("refused", "it answered 413: this message is too large for it");
  const hint = status >= 300 && status < 400 ? "; it is not followed, so write the address that it names" : "";
  return new DeliveryError("again", `it answered ${status}${hint}`, { retryAfterMs: waitMs });
}

function bodyOf({ type, at, data }: Facts): object {
  return { type, timestamp: new Date(at).toISOString(), data };
}

function factsOf(message: Message, now: number): Facts {
  const { title, tone, text, code, fields, footer } = message;
  return { type: "message", at: message.at ?? now, data: { title, tone, text, code, fields, footer } };
}
