import type { EventData } from "./subjects.ts";

/** Why a session rests, in words for a person: it finished its turn where its agent says so, and nowhere else. */
export function idleReason({ aborted, turn }: Pick<EventData<"session.idle">, "aborted" | "turn">): string {
  if (aborted === true) return "its turn was aborted";
  switch (turn) {
    case "none":
      return "no turn yet";
    case "finished":
      return "finished its turn";
    case "denied":
      return "what it asked for was denied, and opencode left it at that";
    case "unanswered":
      return "its last prompt has no answer";
    case undefined:
      return "its turn is over";
    default:
      return "its turn is over, and how it ended is not known";
  }
}
