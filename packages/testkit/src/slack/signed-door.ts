import { PATIENCE_MS, type SlackDoor, type SlackOutcome, type SlackPayload } from "./delivery.ts";
import { signSlack } from "./sign.ts";

export interface SignedDoorOptions {
  readonly url: string;
  readonly secret: string;
  readonly now: () => number;
  readonly patienceMs?: number;
}

/** Tells the app by requests that are signed. */
export class SignedDoor implements SlackDoor {
  readonly #options: SignedDoorOptions;

  constructor(options: SignedDoorOptions) {
    this.#options = options;
  }

  async deliver(payload: SlackPayload): Promise<SlackOutcome> {
    const from = performance.now();
    const took = (): number => performance.now() - from;
    try {
      const response = await this.request(payload);
      const text = await response.text();
      if (!response.ok) return { outcome: "dispatch_failed", answer: text, tookMs: took() };
      return { outcome: "acknowledged", answer: readAnswer(text), tookMs: took() };
    } catch (error) {
      const outcome =
        error instanceof DOMException && error.name === "TimeoutError" ? "operation_timeout" : "dispatch_failed";
      return { outcome, answer: undefined, tookMs: took() };
    }
  }

  /** The request itself; a test changes what it wants to be wrong with it. */
  async request(
    { type, body, retry = 0 }: SlackPayload,
    wrong: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly ageS?: number } = {},
  ): Promise<Response> {
    const { url, secret, now, patienceMs = PATIENCE_MS } = this.#options;
    const [contentType, text] = encode(type, body);
    const timestampS = Math.floor(now() / 1_000) - (wrong.ageS ?? 0);
    return fetch(url, {
      method: "POST",
      headers: {
        "content-type": contentType,
        "x-slack-request-timestamp": String(timestampS),
        "x-slack-signature": signSlack(secret, timestampS, text),
        ...(retry === 0 ? {} : { "x-slack-retry-num": String(retry), "x-slack-retry-reason": "http_timeout" }),
        ...wrong.headers,
      },
      body: wrong.body ?? text,
      signal: AbortSignal.timeout(patienceMs),
    });
  }
}

function encode(type: SlackPayload["type"], body: SlackPayload["body"]): readonly [string, string] {
  switch (type) {
    case "events_api":
      return ["application/json", JSON.stringify(body)];
    case "slash_commands":
      return ["application/x-www-form-urlencoded", new URLSearchParams(body as Record<string, string>).toString()];
    case "interactive":
      return ["application/x-www-form-urlencoded", new URLSearchParams({ payload: JSON.stringify(body) }).toString()];
    default:
      return type satisfies never;
  }
}

function readAnswer(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // said as plain text
  }
}
