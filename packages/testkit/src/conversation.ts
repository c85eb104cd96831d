import { type Directive, parseScript, type Script } from "./script.ts";

/** A message of a chat completion request. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
}

/** What the model is to do now, and how much it was asked. */
export interface Turn {
  /** undefined where the script is through */
  readonly directive: Directive | undefined;
  /** refuse the first time, with so many seconds to wait */
  readonly retryAfterSeconds: number | undefined;
  readonly script: Script;
  readonly prompt: string;
  /** a request for a title, which opencode makes beside the first prompt */
  readonly isTitle: boolean;
}

/**
 * Finds the place in the script of the last prompt, or in the one that was learnt for a text in it: one directive for each answer
 * that was given since.
 */
export function turnOf(messages: readonly ChatMessage[], learnt: ReadonlyMap<string, string> = new Map()): Turn {
  const lastPrompt = messages.findLastIndex(({ role, content }) => role === "user" && textOf(content).trim() !== "");
  const prompt = lastPrompt === -1 ? "" : textOf(messages[lastPrompt]?.content);
  const known = [...learnt].find(([text]) => prompt.includes(text));
  const script = parseScript(known?.[1] ?? prompt);
  const answered = messages.slice(lastPrompt + 1).filter(({ role }) => role === "assistant").length;
  const isTitle = messages.some(({ role, content }) => role === "system" && /title generator/i.test(textOf(content)));
  const steps = script.directives.filter(({ kind }) => kind !== "limit");
  const limit = script.directives.find((directive) => directive.kind === "limit");
  return { directive: steps[answered], retryAfterSeconds: limit?.retryAfterSeconds, script, prompt, isTitle };
}

/** The text of a message's content, which is text or a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? part.text : "",
    )
    .join("\n");
}

/** The addresses of the images that people sent along. */
export function filesIn(messages: readonly ChatMessage[]): string[] {
  return messages
    .filter(({ role }) => role === "user")
    .flatMap(({ content }) => (Array.isArray(content) ? (content as readonly unknown[]) : []))
    .flatMap((part) => (part as { readonly image_url?: { readonly url?: string } } | null)?.image_url?.url ?? []);
}
