import { chunk, toolChunk } from "./chunks.ts";
import { type ChatMessage, textOf, type Turn } from "./conversation.ts";
import type { ScriptedUsage } from "./script.ts";

const TICK_MS = 100;

/** How an answer is written: whether nobody listens any more, and how long it takes. */
export interface Pace {
  readonly gone: () => boolean;
  readonly wait: (ms: number) => Promise<void>;
}

/** Pieces of the answer, at the speed that the script asks for. */
export async function* pieces(id: string, turn: Turn, { gone, wait }: Pace): AsyncGenerator<string> {
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
      await wait(TICK_MS);
    }
  } else if (directive.kind === "words") {
    for (let word = 0; word < directive.count; word += 1) yield chunk(id, { content: `word${word} ` });
  } else if (directive.kind === "drop") {
    yield chunk(id, { content: "half of an ans" });
    return;
  } else if (directive.kind === "hang") {
    while (!gone()) await wait(TICK_MS);
  }
  yield chunk(id, {}, "stop");
}

/** What the model says in words. */
export function answerText(turn: Turn): string {
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
export function usageOf(turn: Turn, messages: readonly ChatMessage[]): ScriptedUsage {
  if (turn.script.usage !== undefined && !turn.isTitle) return turn.script.usage;
  const asked = messages.reduce((sum, { content }) => sum + textOf(content).length, 0);
  const answered = turn.directive?.kind === "words" ? turn.directive.count * 6 : answerText(turn).length;
  return { input: Math.ceil(asked / 4), output: Math.ceil(answered / 4), cached: 0, reasoning: 0 };
}
