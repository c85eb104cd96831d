import type { ScriptedUsage, ToolCall } from "./script.ts";

const MODEL = "scripted-model";

/** One piece of a streamed chat completion. */
export function chunk(id: string, delta: Readonly<Record<string, unknown>>, finish: string | null = null): string {
  return line({
    id,
    object: "chat.completion.chunk",
    created: 0,
    model: MODEL,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
}

/** Tool calls as one piece. */
export function toolChunk(id: string, calls: readonly ToolCall[]): string {
  return chunk(id, {
    tool_calls: calls.map(({ name, args }, index) => ({
      index,
      id: `call_${id}_${index}`,
      type: "function",
      function: { name, arguments: args },
    })),
  });
}

/** The last piece: what it took. */
export function usageChunk(id: string, usage: ScriptedUsage): string {
  return line({ id, object: "chat.completion.chunk", created: 0, model: MODEL, choices: [], usage: usageBody(usage) });
}

export const DONE = "data: [DONE]\n\n";

/** Usage as OpenAI writes it. */
export function usageBody({ input, output, cached, reasoning }: ScriptedUsage) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function line(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
