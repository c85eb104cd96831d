import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { answerText, pieces, usageOf } from "./answer.ts";
import { DONE, usageBody, usageChunk } from "./chunks.ts";
import { type ChatMessage, filesIn, turnOf } from "./conversation.ts";
import { opencodeConfig } from "./opencode-config.ts";
import type { ScriptedUsage } from "./script.ts";

const KEPT_REQUESTS = 1_000;
const KEPT_FILES = 20;

/** One request that the model served, as its provider would bill it. */
export interface ServedRequest {
  /** milliseconds since 1970 */
  readonly at: number;
  readonly usage: ScriptedUsage;
  /** a title, which opencode asks for beside the first prompt and counts nowhere */
  readonly isTitle: boolean;
}

/** A model provider on loopback that answers as the prompt's script says, in the protocol of OpenAI. */
export interface ModelProvider extends AsyncDisposable {
  /** base address, without `/v1` */
  readonly url: string;
  /** the last prompts that came, oldest first */
  readonly prompts: readonly string[];
  /** the last files that came with prompts, as addresses that have what is in them, oldest first */
  readonly files: readonly string[];
  /** what the last tools came to, as the model read it, oldest first */
  readonly results: readonly string[];
  /** every request that was served, oldest first, also one of which nobody heard the end */
  readonly served: readonly ServedRequest[];
  /** From now on a prompt that contains a text is answered by this script: for those that our own programs write. */
  learn(text: string, script: string): void;
  /** what opencode needs in its configuration to use it */
  opencodeConfig(): Record<string, unknown>;
}

export interface ProviderOptions {
  readonly port?: number;
  /** how an answer that is slow lets time pass */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Starts the provider; port 0 takes any free one. */
export async function startModelProvider(options: ProviderOptions = {}): Promise<ModelProvider> {
  const { wait = (ms) => delay(ms) } = options;
  const prompts: string[] = [];
  const results: string[] = [];
  const files: string[] = [];
  const served: ServedRequest[] = [];
  const limited = new Set<string>();
  const learnt = new Map<string, string>();
  let requests = 0;
  const app = new Hono();
  app.post("/v1/chat/completions", async (c) => {
    const body = await readRequest(c.req);
    if (body === undefined) return c.json(failure("not a chat completion request"), 400);
    const { messages } = body;
    const turn = turnOf(messages, learnt);
    requests += 1;
    const id = `r${requests}`;
    prompts.push(turn.prompt);
    if (prompts.length > KEPT_REQUESTS) prompts.shift();
    for (const file of filesIn(messages)) if (!files.includes(file)) files.push(file);
    if (files.length > KEPT_FILES) files.shift();
    const { role, content } = messages.at(-1) ?? {};
    if (role === "tool") results.push(typeof content === "string" ? content : JSON.stringify(content));
    if (results.length > KEPT_REQUESTS) results.shift();
    const { directive } = turn;
    if (!turn.isTitle && directive !== undefined) {
      if (directive.kind === "error")
        return c.json(failure(`scripted error ${directive.status}`), directive.status as 400);
      if (directive.kind === "overflow") return c.json(OVERFLOW, 400);
    }
    if (!turn.isTitle && turn.retryAfterSeconds !== undefined && !limited.has(turn.prompt)) {
      limited.add(turn.prompt);
      c.header("retry-after", String(turn.retryAfterSeconds));
      return c.json(failure("scripted rate limit"), 429);
    }
    const usage = usageOf(turn, messages);
    served.push({ at: Date.now(), usage, isTitle: turn.isTitle });
    if (body.stream !== true) return c.json(whole(id, answerText(turn), usage));
    c.header("content-type", "text/event-stream");
    return stream(c, async (out) => {
      for await (const piece of pieces(id, turn, { gone: () => out.aborted, wait })) await out.write(piece);
      if (directive?.kind === "drop" && !turn.isTitle) {
        (c.env as { outgoing?: { destroy(): void } }).outgoing?.destroy();
        return;
      }
      await out.write(usageChunk(id, usage));
      await out.write(DONE);
    });
  });
  app.get("/v1/models", (c) => c.json({ object: "list", data: [{ id: "scripted-model", object: "model" }] }));

  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: options.port ?? 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", reject);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    prompts,
    files,
    served,
    results,
    learn: (text, script) => void learnt.set(text, script),
    opencodeConfig: () => opencodeConfig(url),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

const OVERFLOW = {
  error: {
    message: "maximum context length exceeded",
    code: "context_length_exceeded",
    type: "invalid_request_error",
  },
};

interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly stream?: boolean;
}

async function readRequest(request: { json(): Promise<unknown> }): Promise<ChatRequest | undefined> {
  try {
    const body = (await request.json()) as Partial<ChatRequest> | null;
    return Array.isArray(body?.messages) ? (body as ChatRequest) : undefined;
  } catch {
    return undefined; // no JSON: refused as anything else that is no request
  }
}

function whole(id: string, content: string, usage: ScriptedUsage) {
  return {
    id,
    object: "chat.completion",
    created: 0,
    model: "scripted-model",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: usageBody(usage),
  };
}

function failure(message: string) {
  return { error: { message, type: "scripted_error" } };
}
