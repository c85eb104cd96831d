import { type EventData, isShallow, LIMITS } from "@hal/protocol";
import type { SourceMessage, SourcePart } from "../../../../domain/source-fact.ts";

/** A message as far as its rows have come. */
export interface MessageAssembly {
  readonly id: string;
  message: SourceMessage | undefined;
  readonly parts: Map<string, SourcePart>;
  firstSeq: number;
  /** whether a person denied a tool that it asked for */
  isDenied: boolean;
}

export function newAssembly(id: string, seq: number): MessageAssembly {
  return { id, message: undefined, parts: new Map(), firstSeq: seq, isDenied: false };
}

/** How a message stands, or undefined while it is not final. */
export function finalState({ role, error, completedAt }: SourceMessage): "complete" | "error" | "aborted" | undefined {
  if (role === "user") return "complete";
  if (error !== undefined) return error.isAbort ? "aborted" : "error";
  return completedAt === undefined ? undefined : "complete";
}

/** How one stands of which it is known what is in it. */
export function stateOf(
  message: SourceMessage,
  { parts }: Pick<MessageAssembly, "parts">,
): ReturnType<typeof finalState> {
  return parts.size === 0 && isEndOfNothing(message) ? "aborted" : finalState(message);
}

/**
 * Whether an answer ended without an error and without a reason. opencode writes that where nothing is in it: it was stopped while
 * it waited to ask its provider again. A command that a person ran in opencode itself ends like that, too, and is in it.
 */
function isEndOfNothing({ role, error, finish, completedAt }: SourceMessage): boolean {
  return role === "assistant" && completedAt !== undefined && error === undefined && finish === undefined;
}

/** What is told of a message. `copied` is for one that a fork took over. */
export function messageData(
  assembly: MessageAssembly,
  message: SourceMessage,
  state: EventData<"session.message">["state"],
  copied: boolean,
): EventData<"session.message"> {
  const { parentId, model, error, finish, completedAt } = message;
  const parts = [...assembly.parts.values()];
  const structured = fitting(message.structured);
  const whole = parts.map((part) => (part.kind === "text" && part.isSaid ? part.text : "")).join("");
  const { text, cut } = cutText(
    whole,
    LIMITS.eventBytes - 32 * 1024 - (structured === undefined ? 0 : 2 * MOST_STRUCTURED),
  );
  return {
    messageId: message.id,
    ...(parentId === undefined ? {} : { parentId }),
    role: message.role,
    state,
    ...(model === undefined ? {} : { model }),
    text: text === "" && structured !== undefined ? JSON.stringify(structured) : text,
    cut: cut || (structured === undefined && message.structured !== undefined),
    ...(structured === undefined ? {} : { structured }),
    tools: parts
      .filter((part) => part.kind === "tool")
      .slice(0, 200)
      .map(({ tool, title = "", status = "?" }) => ({ tool, title: title.slice(0, 200), status })),
    ...(error === undefined ? {} : { error: { name: error.name, message: error.message } }),
    costMicroUsd: message.costMicroUsd,
    ...(message.role === "assistant" ? { costNanoUsd: message.costNanoUsd } : {}),
    tokens: message.tokens,
    ...(finish === undefined ? {} : { finish }),
    createdAt: message.createdAt,
    ...(completedAt === undefined ? {} : { completedAt }),
    copied,
  };
}

/** So much of an answer of a shape an event has room for, beside as much text. */
const MOST_STRUCTURED = 64 * 1024;

function fitting(structured: unknown): unknown {
  if (structured === undefined || structured === null || !isShallow(structured)) return undefined;
  return Buffer.byteLength(JSON.stringify(structured)) <= MOST_STRUCTURED ? structured : undefined;
}

/** At most so many bytes of UTF-8, never half a character. */
export function cutText(text: string, bytes: number): { readonly text: string; readonly cut: boolean } {
  if (text.length * 3 <= bytes) return { text, cut: false };
  const encoded = new TextEncoder().encode(text);
  if (encoded.length <= bytes) return { text, cut: false };
  let end = bytes;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: new TextDecoder().decode(encoded.subarray(0, end)), cut: true };
}
