import type { EventView } from "@hal/protocol";
import { clockTime, eventDetail } from "@hal/words";
import type { Look } from "../../output/look.ts";

const MOST = 100;

/** One event as a line: time, type, session, and what a person would want to know of it. */
export function eventLine(event: EventView, { now }: Look): string {
  const time = `${clockTime(event.timestamp, now)}.${event.timestamp.slice(20, 23)}`;
  const subject = event.session_id ?? event.project ?? event.node_id?.slice(0, 13) ?? "";
  return `${time}  ${event.type.padEnd(22)}  ${subject.padEnd(30)}  ${toAnswer(event)}${eventDetail(event, MOST)}`.trimEnd();
}

/** By what a question is answered. */
function toAnswer({ type, data }: EventView): string {
  const { interactionId } = (data ?? {}) as { readonly interactionId?: unknown };
  return type === "interaction.asked" && typeof interactionId === "string" ? `${interactionId}  ` : "";
}
