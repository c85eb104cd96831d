import type { CommandOutput } from "@hal/protocol";
import type { ToldStatus } from "../../sessions/domain/saved-session.ts";
import { isAtWork, isOver, type Turn } from "../../sessions/domain/turn.ts";

/**
 * How far the restart of a session has come. It is on the disk before each thing that is asked of opencode, and says what that was.
 *
 *     handover ──► stop ──► create ──► end ──► prompt
 *
 * What holds here:
 *
 * - L1 The old session is stopped before the new one is created, and the new one is prompted when the old one has ended: never are two at work.
 * - L2 The old one ends when the new one is there: never is there none. Before that the restart may fail, and the old one stays.
 * - L3 From then on it goes on until the old one has ended, whatever a person does to either: never do two stay.
 * - L4 Whatever may have been done is looked for before it is done again.
 */
export interface Restart {
  readonly step: "handover" | "stop" | "create" | "end" | "prompt";
  /** what the new session has of the old one */
  readonly of: {
    readonly directory: string;
    readonly project: string;
    readonly title?: string | undefined;
    readonly model?: string | undefined;
    readonly agent?: string | undefined;
  };
  /** when the handover has to be over, in milliseconds since 1970 */
  readonly until: number;
  /** what the files of the handover were before it */
  readonly before: FileMarks;
  /** the prompt of the handover that was posted last, and how many were */
  readonly asked?: Posted | undefined;
  readonly asks: number;
  readonly handover?: Handover | undefined;
  /** the run of opencode that was asked last to create the new session */
  readonly createdIn?: string | undefined;
  /** the new session */
  readonly next?: string | undefined;
  readonly ended?: readonly string[] | undefined;
  /** the first prompt of the new session that was posted last, and how many were */
  readonly told?: Posted | undefined;
  readonly tells: number;
}

/** A prompt by its id, and the run of opencode that it was posted to. */
export interface Posted {
  readonly messageId: string;
  readonly run: string;
}

/** What a file was: undefined where it was not there. */
export type FileMarks = Readonly<Record<string, string | undefined>>;

type HandoverState = "done" | "not_asked" | "timed_out" | "failed" | "unwritten";
export type Handover = CommandOutput<"session.restart">["handover"] & { readonly state: HandoverState };

/** What is seen of opencode, of the agent's own knowledge of it, and of the clock. */
export interface Seen {
  readonly now: number;
  /** the run of opencode that lives */
  readonly run: string;
  readonly old: {
    /** undefined where nothing was told of it yet */
    readonly status: ToldStatus | undefined;
    readonly turn: Turn;
    /** for whom it, or a session below it, waits: a prompt is not taken meanwhile */
    readonly waitsFor: "person" | "provider" | undefined;
    /** whether it is in its conversation, as far as that was read */
    readonly hasAsked: boolean;
  };
  /** files of the handover that were not written since it began */
  readonly unwritten: readonly string[];
  /** whether the prompt that was posted last is in its session, in opencode itself */
  readonly isThere: boolean;
  /** whether nothing was answered to it */
  readonly isUnanswered: boolean;
  /** the session that was created for this restart */
  readonly found: string | undefined;
}

/** What is to be done next. */
export type Move =
  | { readonly do: "ask"; readonly isCleared: boolean }
  | { readonly do: "wait" }
  | { readonly do: "settle"; readonly handover: Handover }
  | { readonly do: "stop" | "create" | "end" | "tell" }
  | { readonly do: "done" }
  | { readonly do: "adopt"; readonly next: string }
  | { readonly do: "fail"; readonly code: "cancelled" | "interrupted"; readonly message: string };

/** So often a prompt is posted of which nothing comes: each time opencode ended, or lost it. */
const MOST_POSTS = 5;

/** What is to be done next for a restart, by what is seen. Pure. */
export function nextMove(restart: Restart, seen: Seen): Move {
  switch (restart.step) {
    case "handover":
      return handoverMove(restart, seen);
    case "stop":
      return seen.old.status === "ended" ? ENDED : { do: "stop" };
    case "create":
      if (seen.found !== undefined) return { do: "adopt", next: seen.found }; // L4
      return seen.old.status === "ended" ? ENDED : { do: "create" };
    case "end":
      return { do: "end" }; // L3
    case "prompt":
      return promptMove(restart, seen);
    default:
      return restart.step satisfies never;
  }
}

/** Whoever ended it did not mean another one to begin. */
const ENDED: Move = {
  do: "fail",
  code: "cancelled",
  message: "the session ended while it was being restarted, so no other one was begun",
};

function handoverMove({ asked, asks, until }: Restart, { now, old, isThere, unwritten }: Seen): Move {
  if (old.status === "ended") return ENDED;
  const isLate = now >= until;
  const again: Move =
    asks >= MOST_POSTS
      ? settle("failed", "opencode ended, or lost the prompt, each time that its agent was asked for a handover")
      : { do: "ask", isCleared: old.waitsFor !== undefined };
  if (asked === undefined || !isThere)
    return isLate ? settle("timed_out", "there was no time for its agent to begin with the handover") : again;
  // what its turn came to is known when its rows are read
  if (!old.hasAsked || isAtWork(old.status) || !isOver(old.turn))
    return isLate ? settle("timed_out", lateReason(old.waitsFor)) : { do: "wait" };
  switch (old.turn.kind) {
    case "finished":
      return unwritten.length === 0
        ? settle("done", "its agent wrote down where it stands")
        : settle("unwritten", `its agent came to the end of the handover and did not write ${unwritten.join(", ")}`);
    case "aborted":
      return {
        do: "fail",
        code: "cancelled",
        message: "its turn was stopped while it wrote the handover, so it was not restarted and stays",
      };
    case "denied":
      return settle("failed", "somebody denied what its agent needed for the handover");
    case "failed":
      return settle("failed", `the handover failed: ${old.turn.name}: ${old.turn.message}`);
    case "interrupted":
      return isLate ? settle("timed_out", "opencode ended in the middle of the handover") : again;
    case "none":
    case "unknown":
      return isLate ? settle("timed_out", "what came of the handover is not known") : { do: "wait" };
    case "asked":
    case "open":
      return { do: "wait" };
    default:
      return old.turn satisfies never;
  }
}

function lateReason(waitsFor: Seen["old"]["waitsFor"]): string {
  if (waitsFor === "person")
    return "its agent waited for a person in the middle of the handover until the time was over";
  if (waitsFor === "provider") return "its model's provider did not answer until the time for the handover was over";
  return "its agent did not come to the end of the handover in time";
}

function settle(state: HandoverState, reason: string): Move {
  return { do: "settle", handover: { state, reason } };
}

/** One that died with its opencode before anything was answered is posted once more: nobody else would. */
function promptMove({ told, tells, next }: Restart, { run, isThere, isUnanswered }: Seen): Move {
  if (told === undefined) return { do: "tell" };
  if (isThere && !(isUnanswered && told.run !== run)) return { do: "done" };
  if (isThere && tells >= MOST_POSTS) return { do: "done" };
  if (tells < MOST_POSTS) return { do: "tell" };
  return {
    do: "fail",
    code: "interrupted",
    message: `session ${next ?? ""} goes on from it and its first prompt does not reach it; prompt it`,
  };
}

/** A restart that begins. */
export function newRestart(
  { handover, of, before }: { readonly handover: boolean } & Pick<Restart, "of" | "before">,
  until: number,
): Restart {
  const common = { of, before, until, asks: 0, tells: 0 };
  if (handover) return { ...common, step: "handover" };
  const reason = "it was restarted without a handover";
  return { ...common, step: "stop", handover: { state: "not_asked", reason } };
}
