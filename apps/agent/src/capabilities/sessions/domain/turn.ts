import { Count, type EventData, Timestamp } from "@hal/protocol";
import * as v from "valibot";
import type { SourceError, SourceMessage, SourceStatus } from "../../../domain/source-fact.ts";
import type { ToldStatus } from "./saved-session.ts";

/** How the newest turn of a session stands, as far as it is known. */
export type Turn =
  | {
      /** none was begun; a prompt waits for its answer; an answer goes on; it came to its end; somebody stopped it, or denied what it asked for; unknown */
      readonly kind: "none" | "asked" | "open" | "finished" | "aborted" | "denied" | "unknown";
    }
  | { readonly kind: "failed" | "interrupted"; readonly name: string; readonly message: string };

/** Why an answer has no end, in words for a person. The first two are facts: the agent saw the run end, or asked opencode twice. */
export const INTERRUPTIONS = {
  runEnded: "opencode ended in the middle of this turn",
  left: "opencode is not at this turn any more, and left it without an end",
  unanswered: "opencode is not at the last prompt, and gave no answer to it",
  unseen:
    "opencode ended while its agent was not there; whether this turn came to its end is known when opencode is up again",
} as const;

export function failed({ name, message, isAbort }: SourceError): Turn {
  return isAbort ? { kind: "aborted" } : { kind: "failed", name, message };
}

/** What the rest of a message says of its end. */
export interface HowItEnded {
  /** a person denied a tool that it asked for */
  readonly isDenied?: boolean;
  /** it was stopped before anything came, which its own row does not say */
  readonly isStopped?: boolean;
}

/**
 * What a message's own row says of its turn. A message that ended with tool calls goes on with what follows them, unless a
 * person denied one: opencode leaves it at that.
 */
export function turnOf(
  { role, error, completedAt, goesOn }: SourceMessage,
  { isDenied = false, isStopped = false }: HowItEnded,
): Turn {
  if (role === "user") return { kind: "asked" };
  if (error !== undefined) return failed(error);
  if (completedAt === undefined) return { kind: "open" };
  if (isStopped) return { kind: "aborted" };
  if (!goesOn) return { kind: "finished" };
  return { kind: isDenied ? "denied" : "open" };
}

/** The turn after a further row of its newest message: an end replaces whatever was thought, no end replaces no end that was heard. */
export function laterTurn(before: Turn, row: Turn): Turn {
  return isOver(row) || !isOver(before) ? row : before;
}

export function isInterrupted(turn: Turn, why: keyof typeof INTERRUPTIONS): boolean {
  return turn.kind === "interrupted" && turn.message === INTERRUPTIONS[why];
}

/** Whether it is known to have come to an end of some kind. */
export function isOver({ kind }: Turn): boolean {
  return kind !== "asked" && kind !== "open";
}

/** Whether a session that was told to be so has a turn under way. */
export function isAtWork(status: ToldStatus | undefined): boolean {
  return status === "busy" || status === "retrying" || status === "waiting";
}

/** What is told of a turn that its provider made opencode wait with. */
export function retryData(retry: Extract<SourceStatus, { type: "retry" }>): EventData<"session.retrying"> {
  const attempt = v.is(Count, retry.attempt) ? retry.attempt : 0;
  const nextAt = Math.round(retry.next ?? Number.NaN);
  return { attempt, message: retry.message.slice(0, 500), ...(v.is(Timestamp, nextAt) ? { nextAt } : {}) };
}
