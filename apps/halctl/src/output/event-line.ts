import type { EventView } from "@hal/protocol";
import { clockTime, dollars } from "@hal/words";
import type { Look } from "./views.ts";

/** One event as a line: time, type, session, and what a person would want to know of it. */
export function eventLine(event: EventView, { now }: Look): string {
  const time = `${clockTime(event.timestamp, now)}.${event.timestamp.slice(20, 23)}`;
  const subject = event.session_id ?? event.project ?? event.node_id?.slice(0, 13) ?? "";
  return `${time}  ${event.type.padEnd(22)}  ${subject.padEnd(30)}  ${eventDetail(event)}`.trimEnd();
}

function eventDetail({ type, data }: EventView): string {
  // a type from the future may have any data
  const fields = (data ?? {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown): string =>
    typeof value === "string" ? value.replaceAll(/\s+/g, " ").slice(0, 100) : "";
  switch (type) {
    case "session.message":
      return `${text(fields["role"])} ${fields["state"] === "complete" ? "" : `(${text(fields["state"])}) `}${text(fields["text"])}`;
    case "session.started":
    case "session.updated":
      return `${text(fields["title"])}  ${dollars(Number(fields["costMicroUsd"] ?? 0) / 1_000_000)}`;
    case "session.error":
      return `${text(fields["name"])}: ${text(fields["message"])}`;
    case "tool.execute.after":
      return `${text(fields["tool"])} ${text(fields["status"])} ${text(fields["title"])}`;
    case "interaction.asked":
      return `${text(fields["interactionId"])}  ${text(fields["summary"])}`;
    default:
      return text(fields["reason"] ?? fields["message"] ?? fields["reply"] ?? fields["commandId"] ?? "");
  }
}
