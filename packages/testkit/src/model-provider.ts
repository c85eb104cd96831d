import { setTimeout as delay } from "node:timers/promises";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { chunk, DONE, toolChunk, usageBody, usageChunk } from "./chunks.ts";
import { type ChatMessage, type Turn, textOf, turnOf } from "./conversation.ts";
import type { ScriptedUsage } from "./script.ts";

const TICK_MS = 100;
const KEPT_REQUESTS = 1_000;

/** A model provider on loopback that answers as the prompt's script says, in the protocol of OpenAI. */
export interface ModelProvider extends AsyncDisposable {
  /** base address, without `/v1` */
  readonly url: string;
  /** the last prompts that came, oldest first */
  readonly prompts: readonly string[];
  /** what opencode needs in its configuration to use it */
  opencodeConfig(): Record<string, unknown>;
}

/** Starts the provider; port 0 takes any free one. */
export async function startModelProvider(options: { readonly port?: number } = {}): Promise<ModelProvider> {
  const prompts: string[] = [];
  const limited = new Set<string>();
  let requests = 0;
  const app = new Hono();
  app.post("/v1/chat/completions", async (c) => {
    const body = await c.req.json<{ messages?: ChatMessage[]; stream?: boolean }>();
    const messages = body.messages ?? [];
    const turn = turnOf(messages);
    requests += 1;
    const id = `r${requests}`;
    prompts.push(turn.prompt);
    if (prompts.length > KEPT_REQUESTS) prompts.shift();
    const { directive } = turn;
    if (!turn.isTitle && directive !== undefined) {
      if (directive.kind === "error")
        return c.json(failure(`scripted error ${directive.status}`), directive.status as 400);
      if (directive.kind === "overflow")
        return c.json(
          {
            error: {
              message: "maximum context length exceeded",
              code: "context_length_exceeded",
              type: "invalid_request_error",
            },
          },
          400,
        );
    }
    if (!turn.isTitle && turn.retryAfterSeconds !== undefined && !limited.has(turn.prompt)) {
      limited.add(turn.prompt);
      c.header("retry-after", String(turn.retryAfterSeconds));
      return c.json(failure("scripted rate limit"), 429);
    }
    const usage = usageOf(turn, messages);
    if (body.stream !== true) return c.json(whole(id, answerText(turn), usage));
    c.header("content-type", "text/event-stream");
    return stream(c, async (out) => {
      for await (const piece of pieces(id, turn, () => out.aborted)) await out.write(piece);
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
    opencodeConfig: () => opencodeConfig(url),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** Pieces of the answer, at the speed that the script asks for. */
async function* pieces(id: string, turn: Turn, gone: () => boolean): AsyncGenerator<string> {
  yield chunk(id, { role: "assistant" });
  const { directive } = turn;
  if (turn.isTitle || directive === undefined || directive.kind === "say") {
    for (const word of answerText(turn).split(/(?<= )/)) yield chunk(id, { content: word });
  } else if (directive.kind === "tools") {
    yield toolChunk(id, directive.calls);
    yield chunk(id, {}, "tool_calls");
    return;
  } else if (directive.kind === "slow") {
    for (let tick = 0; tick < directive.ticks && !gone(); tick += 1) {
      yield chunk(id, { content: `tick${tick} ` });
      await delay(TICK_MS);
    }
  } else if (directive.kind === "words") {
    for (let word = 0; word < directive.count; word += 1) yield chunk(id, { content: `word${word} ` });
  } else if (directive.kind === "drop") {
    yield chunk(id, { content: "half of an ans" });
    return;
  } else if (directive.kind === "hang") {
    while (!gone()) await delay(TICK_MS);
  }
  yield chunk(id, {}, "stop");
}

function answerText(turn: Turn): string {
  if (turn.isTitle) return titleFor(turn.prompt);
  if (turn.directive?.kind === "say") return turn.directive.text;
  if (turn.script.directives.length > 0) return "Done.";
  return `You said: ${turn.prompt.trim().slice(0, 200)}\n\nThis answer comes from the built-in scripted model; give opencode a model credential for a real one.`;
}

function titleFor(prompt: string): string {
  const words = prompt
    .replaceAll(/\[\[[\s\S]*?\]\]/g, " ")
    .trim()
    .split(/\s+/)
    .slice(0, 6)
    .join(" ");
  return words === "" ? "Scripted session" : words;
}

/** About a token for four characters, as real models count. */
function usageOf(turn: Turn, messages: readonly ChatMessage[]): ScriptedUsage {
  if (turn.script.usage !== undefined && !turn.isTitle) return turn.script.usage;
  const asked = messages.reduce((sum, { content }) => sum + textOf(content).length, 0);
  const answered = turn.directive?.kind === "words" ? turn.directive.count * 6 : answerText(turn).length;
  return { input: Math.ceil(asked / 4), output: Math.ceil(answered / 4), cached: 0, reasoning: 0 };
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

/** Prices are dollars a million tokens, so that a session costs something to look at. */
function opencodeConfig(url: string): Record<string, unknown> {
  return {
    model: "scripted/scripted-model",
    small_model: "scripted/scripted-model",
    share: "disabled",
    autoupdate: false,
    enabled_providers: ["scripted"],
    lsp: false,
    formatter: false,
    provider: {
      scripted: {
        npm: "@ai-sdk/openai-compatible",
        name: "Scripted model",
        options: { baseURL: `${url}/v1`, apiKey: "none" },
        models: {
          "scripted-model": {
            name: "Scripted model",
            tool_call: true,
            limit: { context: 100_000, output: 8_000 },
            cost: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
          },
        },
      },
    },
  };
}

/** Variables that keep opencode off the network. */
export const OFFLINE_OPENCODE: Readonly<Record<string, string>> = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  OPENCODE_DISABLE_SHARE: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  npm_config_offline: "true",
};
