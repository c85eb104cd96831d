import type { MessageView } from "@hal/protocol";
import { dollars, thousands } from "./humanise.ts";

/** A conversation as people read it. */
export function transcript(messages: readonly MessageView[]): string {
  return messages.map(messageText).join("\n");
}

export function messageText(message: MessageView): string {
  const time = message.created_at.slice(11, 19);
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
