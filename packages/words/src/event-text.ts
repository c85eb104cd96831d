import { idleReason, usd } from "@hal/protocol";
import { cutText } from "@hal/protocol/text";
import { dollars } from "./amounts.ts";
import { costDetail } from "./cost-events.ts";

const MOST = 160;

/** An event as it is told: a type from the future may have any data. */
export interface ToldEvent {
  readonly type: string;
  readonly data: unknown;
}

/** An event in a few words, without its time. */
export function eventText(event: ToldEvent): string {
  const detail = eventDetail(event);
  return detail === "" ? event.type : `${event.type}: ${detail}`;
}

/** What a person wants to know of an event beside its type, in one line of at most `most` characters a field. */
export function eventDetail({ type, data }: ToldEvent, most = MOST): string {
  const fields = (typeof data === "object" && data !== null ? data : {}) as Readonly<Record<string, unknown>>;
  const field = (name: string): string => line(fields[name], most);
  const cost = costDetail(type, fields);
  if (cost !== undefined) return cutText(cost, 2 * most);
  switch (type) {
    case "session.message":
      return `${field("role")}${field("state") === "complete" ? "" : ` (${field("state")})`} ${field("text")}`.trim();
    case "session.started":
    case "session.updated":
      return [field("title"), spent(fields["costMicroUsd"])].filter(Boolean).join(", ");
    case "session.idle":
      return idleReason({ aborted: fields["aborted"] === true, turn: field("turn") || undefined });
    case "session.error":
      return `${field("name")}: ${field("message")}`;
    case "session.retrying":
      return `attempt ${field("attempt")} failed: ${field("message")}`;
    case "tool.execute.after":
      return `${field("tool")} ${field("status")}${field("title") === "" ? "" : `, ${field("title")}`}`;
    case "session.health":
      return healthText(fields);
    case "task.completed":
    case "task.reopened": {
      const who = field("by") === "file" ? "its progress file" : field("by");
      return `by ${who}${field("title") === "" ? "" : `, ${field("title")}`}`;
    }
    case "schedule.started":
      return field("schedule");
    case "schedule.not_started":
      return `${field("schedule")}: ${field("reason")}`;
    case "opencode.up":
      return field("version");
    case "projects.changed":
      return "";
    default:
      return (
        ["summary", "reason", "message", "title", "reply", "what", "commandId", "promptId", "messageId"]
          .map(field)
          .find(Boolean) ?? ""
      );
  }
}

/** What does not get on; nothing where all is well. */
function healthText({ quietSince, loop }: Readonly<Record<string, unknown>>): string {
  return [typeof quietSince === "number" ? "nothing moves" : "", typeof loop === "object" ? "it loops" : ""]
    .filter(Boolean)
    .join(", ");
}

/** Nothing where nothing was spent. */
function spent(costMicroUsd: unknown): string {
  return typeof costMicroUsd === "number" && costMicroUsd > 0 ? dollars(usd(costMicroUsd)) : "";
}

function line(value: unknown, most: number): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return "";
  const text = value.replaceAll(/\s+/g, " ").trim();
  return cutText(text, most);
}
