import type { EventData } from "./subjects.ts";

/** How the newest turn of a session that rests stands. */
export const TURNS_AT_REST = ["none", "finished", "aborted", "denied", "unanswered", "unknown"] as const;
export type TurnAtRest = (typeof TURNS_AT_REST)[number];

/** The `name` of a `session.error` that tells of a turn that ended because what worked on it did. */
export const INTERRUPTED_ERROR = "InterruptedError";

/** How the turn stands of which `session.idle` tells; undefined where its agent does not say. */
export function turnAtRest({
  aborted,
  turn,
}: Pick<EventData<"session.idle">, "aborted" | "turn">): TurnAtRest | undefined {
  if (aborted === true) return "aborted";
  if (turn === undefined) return undefined;
  return TURNS_AT_REST.find((known) => known === turn) ?? "unknown";
}

/** Why a session rests, in words for a person: it finished its turn where its agent says so, and nowhere else. */
export function idleReason(data: Pick<EventData<"session.idle">, "aborted" | "turn">): string {
  const turn = turnAtRest(data);
  switch (turn) {
    case "aborted":
      return "its turn was aborted";
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
    case "unknown":
      return "its turn is over, and how it ended is not known";
    default:
      return turn satisfies never;
  }
}
