import type { SessionStatus, Tier, TurnAtRest } from "@hal/protocol";

/** All by which it is said whether a root session needs somebody. */
export interface StandingSession {
  /** as its node told it */
  readonly status: Exclude<SessionStatus, "unreachable">;
  /** how its newest turn stands; null where that is not told */
  readonly turn: string | null;
  readonly statusSince: number;
  /** since when it is so, on the supervisor's clock; null where that is not known */
  readonly restsSince: number | null;
  /** policies that did all that they may */
  readonly gaveUp: readonly GaveUp[];
  /** its own health marks, and those of what it started */
  readonly marks: readonly StandingMark[];
  /** a prompt that it was sent and with which no turn was seen to begin for too long */
  readonly stalled: { readonly commandId: string; readonly text: string; readonly at: number } | undefined;
  /** a prompt that waits behind a turn that was stopped */
  readonly held: { readonly promptId: string; readonly at: number } | undefined;
  /** a budget for which its agent stopped it, where nothing has begun since */
  readonly overBudget?: { readonly budgetId: string; readonly text: string; readonly at: number } | undefined;
  /** whether something of it, or of what it started, waits for a person */
  readonly isAsking: boolean;
  /** whether a prompt is on its way to it */
  readonly isComing: boolean;
  /** whether it is being restarted */
  readonly isRestarting: boolean;
}

export interface GaveUp {
  readonly policy: string;
  readonly reason: string;
  readonly at: number;
}

export interface StandingMark {
  readonly mark: string;
  readonly since: number;
  /** the same time as its node told it: it stays the same however often that is told */
  readonly toldSince: number;
  /** the child that has it; absent where that is the session itself */
  readonly childId?: string;
}

/** Why a session needs somebody, how much, and since when. */
export interface Need {
  readonly tier: Tier;
  readonly cause: "error" | "gave_up" | "mark" | "stalled" | "held" | "over_budget" | "turn_over";
  readonly since: number;
  /** which time of all that is: when it is another one, the session has moved */
  readonly footing: string;
  /** what is to be said beside the reason of its status; empty where that says it all, and where marks do */
  readonly text: string;
  /** the marks that it has */
  readonly marks?: readonly StandingMark[];
}

/** One that rests so needs nobody: it has done nothing yet, or somebody stopped it and knows. */
export const NEEDS_NOBODY: readonly TurnAtRest[] = ["none", "aborted"];

/**
 * Why a root session needs somebody; undefined where it does not. What is open in it is an item of its own, one that a person
 * stopped is known to that person, and one that is at work needs nobody. Pure.
 */
export function needOf(session: StandingSession, finishedSince: number): Need | undefined {
  if (session.status === "ended" || session.isAsking || session.isRestarting) return undefined;
  return failedNeed(session) ?? stuckNeed(session) ?? finishedNeed(session, finishedSince);
}

function failedNeed({ status, turn, statusSince, gaveUp, marks }: StandingSession): Need | undefined {
  const text = gaveUp.map(({ policy, reason }) => `${policy} gave up: ${reason}`).join("; ");
  const acts = gaveUp.map(({ policy, at }) => `${policy}@${at}`).join("+");
  if (status === "error")
    return { tier: "failed", cause: "error", since: statusSince, footing: `error@${statusSince}+${acts}`, text };
  const isLeft = (status === "idle" && turn !== "aborted") || marks.some(({ mark }) => mark === "stuck");
  if (gaveUp.length === 0 || !isLeft) return undefined;
  return { tier: "failed", cause: "gave_up", since: Math.max(...gaveUp.map(({ at }) => at)), footing: acts, text };
}

function stuckNeed({ status, turn, marks, stalled, held, overBudget }: StandingSession): Need | undefined {
  const [first] = marks.toSorted((one, other) => one.since - other.since);
  if (first !== undefined) {
    const footing = marks.map(({ mark, toldSince, childId = "" }) => `${mark}${childId}@${toldSince}`).join("+");
    return { tier: "stuck", cause: "mark", since: first.since, footing, text: "", marks };
  }
  if (stalled !== undefined) {
    const { commandId, text, at: since } = stalled;
    return { tier: "stuck", cause: "stalled", since, footing: commandId, text };
  }
  if (overBudget !== undefined && status === "idle") {
    const { budgetId, text, at: since } = overBudget;
    return { tier: "stuck", cause: "over_budget", since, footing: `${budgetId}@${since}`, text };
  }
  if (held === undefined || status !== "idle" || turn !== "aborted") return undefined;
  return { tier: "stuck", cause: "held", since: held.at, footing: held.promptId, text: "" };
}

function finishedNeed(
  { status, turn, restsSince, isComing }: StandingSession,
  finishedSince: number,
): Need | undefined {
  if (status !== "idle" || NEEDS_NOBODY.some((none) => none === turn) || isComing) return undefined;
  if (restsSince === null || restsSince < finishedSince) return undefined;
  return finishedAt(restsSince);
}

/** That a turn is over, of a session of which nothing else is to be said. */
export function finishedAt(since: number): Need {
  return { tier: "finished", cause: "turn_over", since, footing: `rests@${since}`, text: "" };
}
