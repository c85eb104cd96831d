import { isRecord } from "../slack/checks.ts";
import { readMarkdown } from "./read-markdown.ts";
import type { DiscordMessage } from "./server.ts";

/** What people see of the messages of a channel: a thread below its message, buttons in brackets. */
export function discordTranscript(messages: readonly DiscordMessage[], channel: string): string {
  return messages
    .filter((one) => one.channel === channel)
    .flatMap((root) => [
      ...linesOf(root, ""),
      ...messages.filter((one) => one.channel === root.id).flatMap((reply) => linesOf(reply, "    ")),
    ])
    .join("\n");
}

function linesOf(message: DiscordMessage, indent: string): readonly string[] {
  const { author, isOwn, ephemeralTo, edits } = message;
  const marks = [
    ...(ephemeralTo === undefined ? [] : [`only ${ephemeralTo} sees it`]),
    ...(edits === 0 ? [] : ["changed"]),
  ];
  const who = `${isOwn ? "HAL" : author}${marks.length === 0 ? "" : ` (${marks.join(", ")})`}:`;
  return [
    who,
    ...discordBody(message)
      .split("\n")
      .map((line) => `  ${line}`),
  ].map((line) => `${indent}${line}`);
}

/** What people see of one message. */
export function discordBody({ content, embeds, components, files, isThinking }: DiscordMessage): string {
  return [
    ...(isThinking ? ["(is thinking)"] : []),
    ...(content === "" ? [] : [readMarkdown(content).text]),
    ...embeds.flatMap(linesOfEmbed),
    ...files.map((file) => `📎 ${file}`),
    ...listOf(components).map((row) => (isRecord(row) ? listOf(row["components"]).map(labelOf).join(" ") : "")),
  ].join("\n");
}

function linesOfEmbed(embed: unknown): readonly string[] {
  if (!isRecord(embed)) return [];
  const { author, title, description, fields, footer, timestamp } = embed;
  const small = [
    ...(isRecord(footer) ? [String(footer["text"])] : []),
    ...(typeof timestamp === "string" ? [`${timestamp.slice(0, 16).replace("T", " ")} UTC`] : []),
  ];
  return [
    ...(isRecord(author) ? [`**${String(author["name"])}**`] : []),
    ...(typeof title === "string" ? [`**${readMarkdown(title).text}**`] : []),
    ...(typeof description === "string" ? [readMarkdown(description).text] : []),
    ...listOf(fields).flatMap((field) =>
      isRecord(field) ? [`${shown(field["name"])}: ${shown(field["value"])}`] : [],
    ),
    ...(small.length === 0 ? [] : [small.join(" · ")]),
  ];
}

function shown(value: unknown): string {
  return readMarkdown(String(value)).text;
}

function labelOf(element: unknown): string {
  if (!isRecord(element)) return "";
  const style = element["style"] === 4 ? "!" : element["style"] === 1 || element["style"] === 3 ? "*" : "";
  const target = typeof element["url"] === "string" ? ` → ${element["url"]}` : "";
  const off = element["disabled"] === true ? " (off)" : "";
  return `[${style}${String(element["label"])}${target}${off}]`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
