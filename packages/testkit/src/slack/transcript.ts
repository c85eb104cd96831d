import { isRecord } from "./checks.ts";
import { BOT_USER, type SlackMessage } from "./workspace.ts";

/** What people see of messages: a thread below its message, buttons in brackets, times as the fallback says them. */
export function slackTranscript(messages: readonly SlackMessage[]): string {
  const roots = messages.filter(({ threadTs }) => threadTs === undefined);
  return roots
    .flatMap((root) => [
      ...linesOf(root, ""),
      ...messages.filter(({ threadTs }) => threadTs === root.ts).flatMap((reply) => linesOf(reply, "    ")),
    ])
    .join("\n");
}

function linesOf(message: SlackMessage, indent: string): readonly string[] {
  const { user, ephemeralTo, edits } = message;
  const marks = [
    ...(ephemeralTo === undefined ? [] : [`only ${ephemeralTo} sees it`]),
    ...(edits === 0 ? [] : ["changed"]),
  ];
  const who = `${user === BOT_USER ? "HAL" : user}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}:`;
  const body = slackBody(message).split("\n");
  return [who, ...body.map((line) => `  ${line}`)].map((line) => `${indent}${line}`);
}

/** What people see of one message. */
export function slackBody({ blocks, text, files }: SlackMessage): string {
  const body = [...(blocks.length === 0 ? [text] : blocks.flatMap(linesOfBlock)), ...files.map((file) => `📎 ${file}`)];
  return body.map(shown).join("\n");
}

function linesOfBlock(block: unknown): readonly string[] {
  if (!isRecord(block)) return [];
  const elements = Array.isArray(block["elements"]) ? (block["elements"] as readonly unknown[]) : [];
  switch (block["type"]) {
    case "header":
      return [`**${textIn(block["text"])}**`];
    case "section": {
      const fields = Array.isArray(block["fields"]) ? (block["fields"] as readonly unknown[]) : [];
      const head = block["text"] === undefined ? [] : [textIn(block["text"])];
      return [...head, ...fields.map((field) => textIn(field).replace("\n", ": "))];
    }
    case "context":
      return [elements.map(textIn).join(" · ")];
    case "actions":
      return [elements.map(labelOf).join(" ")];
    case "divider":
      return ["---"];
    default:
      return [JSON.stringify(block)];
  }
}

function labelOf(element: unknown): string {
  if (!isRecord(element)) return "";
  const style = element["style"] === "danger" ? "!" : element["style"] === "primary" ? "*" : "";
  const target = typeof element["url"] === "string" ? ` → ${element["url"]}` : "";
  return `[${style}${textIn(element["text"])}${target}]`;
}

function textIn(value: unknown): string {
  if (!isRecord(value)) return "";
  const { type, text } = value as { readonly type?: unknown; readonly text?: unknown };
  // as a plain text stands, so it is shown
  if (type === "plain_text") return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return String(text);
}

function shown(text: string): string {
  return text
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
