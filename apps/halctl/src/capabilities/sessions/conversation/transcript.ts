import type { MessageView } from "@hal/protocol";
import { clockTime, dollars, statusText, thousands } from "@hal/words";
import { isAsked, type LogEntry } from "./log-filter.ts";
import type { Look } from "../../../output/look.ts";

/** A conversation as people read it. */
export function logPage(entries: readonly LogEntry[], look: Look): string {
  return entries.map((entry) => entryText(entry, look)).join("\n");
}

/** A message, or what was asked of a person and what became of that. */
export function entryText(entry: LogEntry, look: Look): string {
  if (!isAsked(entry)) return messageText(entry, look);
  const { id, kind, state, reason, summary, asked_at: at } = entry;
  return `── ${kind}  ${clockTime(at, look.now)}  ${id}\n  ? ${summary}\n  ${statusText({ status: state, reason })}\n`;
}

export function messageText(message: MessageView, look: Look): string {
  const spent = message.role === "assistant" ? `  ${thousands(message.tokens)} tokens  ${dollars(message.cost)}` : "";
  const tools = message.tools
    .map(({ tool, title, status }) => `  ⚙ ${tool}${title === "" ? "" : ` ${title}`} (${status})\n`)
    .join("");
  const text = message.text === "" ? "" : `${message.text.trimEnd()}${message.cut ? " … (cut)" : ""}\n`;
  const error = message.error === null ? "" : `  ✗ ${message.error.name}: ${message.error.message}\n`;
  return `${headOf(message, look)}${spent}\n${tools}${text}${error}`;
}

/** Whose message it is, and whether it still counts: what somebody undid or brought back after it was shown. */
export function undoneText(message: MessageView, look: Look): string {
  return `${headOf(message, look)}${message.undone == null ? "  [brought back]" : ""}\n`;
}

function headOf({ role, model, state, undone, created_at: at }: MessageView, { now }: Look): string {
  const who = role === "user" ? "user" : (model ?? "assistant");
  const marks = [...(state === "complete" ? [] : [state]), ...(undone == null ? [] : [undoneWords(undone)])];
  return `── ${who}  ${clockTime(at, now)}${marks.map((mark) => `  [${mark}]`).join("")}`;
}

function undoneWords({ extent, removed }: NonNullable<MessageView["undone"]>): string {
  return `${removed ? "removed" : "undone"}${extent === "part" ? " in part" : ""}`;
}
