import type { ReceiverEvent } from "@slack/bolt";
import { isFromSlack } from "./verify-slack.ts";

const MOST_BYTES = 1_000_000;

/** Takes Slack's signed requests, wherever they are mounted: its raw body has to be unread. */
export class SlackRequestReceiver {
  readonly #secret: string;
  readonly #now: () => number;
  readonly #hear: (event: ReceiverEvent) => void;

  /** @param hear is given what is Slack's; it is acknowledged when that returns */
  constructor(secret: string, now: () => number, hear: (event: ReceiverEvent) => void) {
    this.#secret = secret;
    this.#now = now;
    this.#hear = hear;
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") return said(405, "only POST");
    const text = await textOf(request);
    if (text === undefined) return said(413, "too long");
    const { headers } = request;
    const signed = {
      timestamp: headers.get("x-slack-request-timestamp"),
      signature: headers.get("x-slack-signature"),
    };
    if (!isFromSlack(this.#secret, signed, text, this.#now())) return said(401, "not signed by Slack, or too old");
    const body = readBody(headers.get("content-type") ?? "", text);
    if (body === undefined) return said(400, "not to be read");
    if (body["type"] === "url_verification") return Response.json({ challenge: body["challenge"] });
    if (body["ssl_check"] === undefined) this.#hear({ body, ack: async () => undefined, ...retryOf(headers) });
    return new Response(null, { status: 200 });
  }
}

function retryOf(headers: Headers): Pick<ReceiverEvent, "retryNum" | "retryReason"> {
  const num = headers.get("x-slack-retry-num");
  const reason = headers.get("x-slack-retry-reason");
  return { ...(num === null ? {} : { retryNum: Number(num) }), ...(reason === null ? {} : { retryReason: reason }) };
}

async function textOf(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** JSON, or a form, in which there may be JSON as its `payload`. */
function readBody(contentType: string, text: string): Record<string, unknown> | undefined {
  try {
    if (contentType.startsWith("application/json")) return objectOf(JSON.parse(text));
    const form = new URLSearchParams(text);
    const payload = form.get("payload");
    return payload === null ? Object.fromEntries(form) : objectOf(JSON.parse(payload));
  } catch {
    return undefined; // not as Slack writes it
  }
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

function said(status: number, text: string): Response {
  return new Response(text, { status });
}
