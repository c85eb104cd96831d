import { idleReason } from "@hal/protocol";
import type { KnownEvent } from "./facts.ts";

const MOST = 160;

/** An event in a few words, without its time. */
export function eventText({ type, data }: KnownEvent): string {
  const detail = detailOf(type, data);
  return detail === "" ? type : `${type}: ${detail}`;
}

function detailOf(type: string, data: KnownEvent["data"]): string {
  const field = (name: string): string => line(data[name]);
  switch (type) {
    case "session.message":
      return `${field("role")}${field("state") === "complete" ? "" : ` (${field("state")})`} ${field("text")}`.trim();
    case "session.idle":
      return idleReason({ aborted: data["aborted"] === true, turn: field("turn") || undefined });
    case "session.error":
      return `${field("name")}: ${field("message")}`;
    case "session.retrying":
      return `attempt ${field("attempt")} failed: ${field("message")}`;
    case "tool.execute.after":
      return `${field("tool")} ${field("status")}${field("title") === "" ? "" : `, ${field("title")}`}`;
    case "opencode.up":
      return field("version");
    case "projects.changed":
      return "";
    default:
      return field("summary") || field("reason") || field("message") || field("title") || field("reply");
  }
}

function line(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return "";
  const text = value.replaceAll(/\s+/g, " ").trim();
  return text.length <= MOST ? text : `${text.slice(0, MOST - 1)}…`;
}
