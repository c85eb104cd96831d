import { idleReason, usd } from "@hal/protocol";
import { cutText, entryOf } from "@hal/protocol/text";
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
    case "budget.warned":
    case "budget.reached":
    case "budget.reopened":
    case "budget.changed":
    case "budget.stopped":
      return budgetText(type, fields, field);
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

/** Which budget, how much of it is spent, and what is done. */
function budgetText(
  type: string,
  { spentMicroUsd, limitMicroUsd, share, critical }: Readonly<Record<string, unknown>>,
  field: (name: string) => string,
): string {
  const budget = field("budget");
  const figures = `${sum(spentMicroUsd)} of ${sum(limitMicroUsd)}`;
  switch (type) {
    case "budget.warned":
      return `${budget}: ${typeof share === "number" ? `${Math.round(share * 100)} %, ` : ""}${figures}`;
    case "budget.reached":
      return `${budget}: ${figures}${entryOf(AT_THE_END, field("action")) ?? ""}`;
    case "budget.reopened":
      return `${budget}: ${field("reason")}`;
    case "budget.changed":
      return `${budget} was ${field("what")} by ${field("by")}: ${field("reason")}`;
    default:
      return `${field("reason")}${critical === true ? " (it is critical, and goes on)" : ""}`;
  }
}

const AT_THE_END = {
  alert: "",
  refuse: "; nothing begins",
  stop: "; nothing begins, and what runs is stopped",
};

function sum(microUsd: unknown): string {
  return typeof microUsd === "number" ? dollars(usd(microUsd)) : "$?";
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
