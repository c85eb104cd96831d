import type { SessionStatus } from "@hal/protocol";

/** Somebody paused policies at a place that this session is in. */
export interface KnownPause {
  readonly scope: string;
  readonly by: string;
  readonly reason: string | null;
  readonly until: number | null;
}

/** What policies decide by: all that is known of one session. Times are milliseconds since 1970 on the supervisor's clock. */
export interface SessionFacts {
  readonly project: string;
  /** the session that it goes on from */
  readonly continues: string | null;
  /** as people see it */
  readonly status: SessionStatus;
  /** since when it is in that status, for no longer than is known */
  readonly since: number;
  readonly isRoot: boolean;
  readonly isExternal: boolean;
  /** a person's newest prompt: with it the episode began; undefined where there was none */
  readonly episode: string | undefined;
  /** its turn was stopped, or left behind what was denied, since then, and by whom where that is known; undefined where it was not */
  readonly stopped: { readonly by: string | undefined } | undefined;
  /** somebody said since then that its task is completed; undefined where nobody did */
  readonly completed: KnownCompletion | undefined;
  /** its newest turn ended because what worked on it did */
  readonly isInterrupted: boolean;
  /** its provider had opencode wait, with what it said, in the turn that is the newest */
  readonly limit: { readonly until: number; readonly message: string } | undefined;
  readonly isAttached: boolean;
  readonly pause: KnownPause | undefined;
  /** what keeps work from beginning there, in words */
  readonly held: string | undefined;
  /** why a budget lets nothing begin there */
  readonly overBudget?: string | undefined;
  /** how many prompts wait for it */
  readonly pending: number;
  /** a prompt was sent to it with which no turn was seen to begin */
  readonly isComing: boolean;
  /** it is being restarted, or goes on from one that is */
  readonly isRestarting: boolean;
  /** whether its agent can restart a session */
  readonly canRestart: boolean;
  /** how much its model was given with the newest answer; undefined where that is not known */
  readonly contextTokens: number | undefined;
  readonly compactions: number;
  /** what is wrong beside its status, by the limits that are configured */
  readonly stuck: KnownMark | undefined;
  readonly looping: KnownMark | undefined;
  /** since when nothing moves in it; undefined where something does */
  readonly quietSince: number | undefined;
}

export interface KnownMark {
  readonly since: number;
  readonly reason: string;
}

/** Who said that a task is completed. */
export interface KnownCompletion {
  /** `file`, or the actor */
  readonly by: string;
  /** the session that was at it, where this one goes on from that */
  readonly continues: string | null;
}
