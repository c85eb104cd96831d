import { type EventData, LIMITS, microUsd, type TokenUsage } from "@hal/protocol";
import type { MessageInfo, OpencodeTokens, Part } from "./sync-row.ts";

/** A message as far as its rows have come. */
export interface MessageAssembly {
  readonly id: string;
  info: MessageInfo | undefined;
  readonly parts: Map<string, Part>;
  firstSeq: number;
  /** whether a person denied a tool that it asked for */
  isDenied: boolean;
}

export function newAssembly(id: string, seq: number): MessageAssembly {
  return { id, info: undefined, parts: new Map(), firstSeq: seq, isDenied: false };
}

export function tokenUsage(tokens: OpencodeTokens | undefined): TokenUsage {
  const whole = (count: number | undefined): number => Math.max(0, Math.round(count ?? 0));
  return {
    input: whole(tokens?.input),
    output: whole(tokens?.output),
    reasoning: whole(tokens?.reasoning),
    cacheRead: whole(tokens?.cache.read),
    cacheWrite: whole(tokens?.cache.write),
  };
}

/** How a message stands, or undefined while it is not final. */
export function finalState(info: MessageInfo): "complete" | "error" | "aborted" | undefined {
  if (info.role === "user") return "complete";
  if (info.error !== undefined) return info.error.name === "MessageAbortedError" ? "aborted" : "error";
  return info.time.completed === undefined ? undefined : "complete";
}

/** What is told of a message. `copied` is for one that a fork took over. */
export function messageData(
  assembly: MessageAssembly,
  info: MessageInfo,
  state: EventData<"session.message">["state"],
  copied: boolean,
): EventData<"session.message"> {
  const parts = [...assembly.parts.values()];
  const whole = parts
    .filter((part) => part.type === "text" && !part.synthetic && !part.ignored)
    .map((part) => part.text ?? "")
    .join("");
  const { text, cut } = cutText(whole, LIMITS.eventBytes - 32 * 1024);
  const providerID = info.providerID ?? info.model?.providerID;
  const modelID = info.modelID ?? info.model?.modelID;
  return {
    messageId: info.id,
    ...(info.parentID === undefined ? {} : { parentId: info.parentID }),
    role: info.role,
    state,
    ...(providerID === undefined || modelID === undefined ? {} : { model: `${providerID}/${modelID}` }),
    text,
    cut,
    tools: parts
      .filter((part) => part.type === "tool")
      .slice(0, 200)
      .map((part) => ({
        tool: part.tool ?? "?",
        title: (part.state?.title ?? "").slice(0, 200),
        status: part.state?.status ?? "?",
      })),
    ...(info.error === undefined ? {} : { error: { name: info.error.name, message: errorMessage(info.error) } }),
    costMicroUsd: microUsd(Math.max(0, info.cost)),
    tokens: tokenUsage(info.tokens),
    ...(info.finish === undefined ? {} : { finish: info.finish }),
    createdAt: Math.round(info.time.created),
    ...(info.time.completed === undefined ? {} : { completedAt: Math.round(info.time.completed) }),
    copied,
  };
}

/** The first line of what opencode says of an error; the rest is a stack. */
export function errorMessage(error: NonNullable<MessageInfo["error"]>): string {
  const [line] = (error.data?.message ?? error.name).split("\n", 1);
  return (line ?? error.name).slice(0, 500);
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
