import type { MessageView } from "@hal/protocol";
import { clockTime, dollars, thousands } from "@hal/words";
import type { Look } from "./views.ts";

/** A conversation as people read it. */
export function transcript(messages: readonly MessageView[], look: Look): string {
  return messages.map((message) => messageText(message, look)).join("\n");
}

export function messageText(message: MessageView, { now }: Look): string {
  const time = clockTime(message.created_at, now);
  const who = message.role === "user" ? "user" : (message.model ?? "assistant");
  const state = message.state === "complete" ? "" : `  [${message.state}]`;
  const spent = message.role === "assistant" ? `  ${thousands(message.tokens)} tokens  ${dollars(message.cost)}` : "";
  const tools = message.tools
    .map(({ tool, title, status }) => `  ⚙ ${tool}${title === "" ? "" : ` ${title}`} (${status})\n`)
    .join("");
  const text = message.text === "" ? "" : `${message.text.trimEnd()}${message.cut ? " … (cut)" : ""}\n`;
  const error = message.error === null ? "" : `  ✗ ${message.error.name}: ${message.error.message}\n`;
  return `── ${who}  ${time}${state}${spent}\n${tools}${text}${error}`;
}
