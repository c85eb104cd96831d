/** What a try to send a notice came to. */
export type Outcome =
  | { readonly kind: "sent" }
  | {
      /** as a channel says it: later, never this one, the message to be changed is gone, nothing there any more */
      readonly kind: "again" | "refused" | "gone" | "stopped";
      readonly reason: string;
      readonly retryAfterMs?: number | undefined;
    };

/** What counts of the notice that was tried. */
export interface Tried {
  readonly tries: number;
  readonly dueAt: number;
  readonly createdAt: number;
}

/** How its target was before. */
export interface Standing {
  readonly failingSince: number | null;
  readonly reason: string | null;
  readonly failures: number;
  readonly notBefore: number;
  readonly lastSentAt: number | null;
}

export const UNTRIED: Standing = { failingSince: null, reason: null, failures: 0, notBefore: 0, lastSentAt: null };

/** How notice and target are after a try. */
export interface After {
  readonly notice: {
    readonly state: "waiting" | "sent" | "given_up";
    readonly tries: number;
    readonly dueAt: number;
    readonly reason: string | null;
    readonly closedAt: number | null;
  };
  readonly target: Standing;
  /** what failed before is tried again at once */
  readonly hurry: boolean;
  /** why nothing more is sent to the target; undefined where more is */
  readonly stop: string | undefined;
}

export interface AfterOptions {
  readonly now: number;
  /** how long to wait after so many tries of one notice; undefined where there is no other one */
  readonly waitMs: (tries: number) => number | undefined;
}

/** One that fails may do so for what it is. From the second in a row on the target waits: shortly at first, five minutes at last. */
const TARGET_WAIT = { first: 5_000, most: 300_000 };
/** What failed shorter ago than this may have failed for what it is, not for its target. */
const HURRY_AFTER_MS = 60_000;

/**
 * Judges a try. What holds:
 *
 * - T1 A notice ends sent or given up, and never leaves that.
 * - T2 A notice that fails keeps no other one from being tried; a target that fails again is tried with one of them at a time.
 * - T3 A target that takes something is not failing.
 */
export function afterTry(tried: Tried, before: Standing, outcome: Outcome, options: AfterOptions): After {
  const tries = tried.tries + 1;
  switch (outcome.kind) {
    case "sent":
      return sent(tries, before, options.now);
    case "refused":
      return { ...ended(tries, tried, outcome.reason, options.now), target: before, hurry: false, stop: undefined };
    case "stopped": {
      const notice = { state: "waiting" as const, tries, dueAt: tried.dueAt, reason: outcome.reason, closedAt: null };
      return { notice, target: failing(before, outcome, options.now), hurry: false, stop: outcome.reason };
    }
    case "again":
    case "gone":
      return again(tried, before, outcome, options);
    default:
      return outcome satisfies never;
  }
}

function sent(tries: number, { failingSince }: Standing, now: number): After {
  return {
    notice: { state: "sent", tries, dueAt: now, reason: null, closedAt: now },
    target: { ...UNTRIED, lastSentAt: now },
    hurry: failingSince !== null && now - failingSince > HURRY_AFTER_MS,
    stop: undefined,
  };
}

function again(
  tried: Tried,
  before: Standing,
  outcome: Exclude<Outcome, { readonly kind: "sent" }>,
  { now, waitMs }: AfterOptions,
): After {
  const tries = tried.tries + 1;
  const target = failing(before, outcome, now);
  const ownMs = waitMs(tries);
  if (ownMs === undefined) {
    const tookNothing = (before.lastSentAt ?? 0) < tried.createdAt;
    const stop = tookNothing ? `nothing arrived in ${tries} tries of one notice: ${outcome.reason}` : undefined;
    return { ...ended(tries, tried, outcome.reason, now), target, hurry: false, stop };
  }
  const dueAt = now + Math.max(ownMs, outcome.retryAfterMs ?? 0);
  return {
    notice: { state: "waiting", tries, dueAt, reason: outcome.reason, closedAt: null },
    target,
    hurry: false,
    stop: undefined,
  };
}

function ended(tries: number, { dueAt }: Tried, reason: string, now: number): Pick<After, "notice"> {
  return { notice: { state: "given_up", tries, dueAt, reason, closedAt: now } };
}

function failing(before: Standing, outcome: Exclude<Outcome, { readonly kind: "sent" }>, now: number): Standing {
  const failures = before.failures + 1;
  const ownMs = failures < 2 ? 0 : Math.min(TARGET_WAIT.most, TARGET_WAIT.first * 2 ** Math.min(failures - 2, 10));
  return {
    failingSince: before.failingSince ?? now,
    reason: outcome.reason,
    failures,
    notBefore: now + (outcome.retryAfterMs ?? ownMs),
    lastSentAt: before.lastSentAt,
  };
}
