import { duration } from "@hal/words";
import { blockedBy } from "./blocked.ts";
import type { PolicySettings, Retries } from "./policy-settings.ts";
import type { OwnState } from "./policy-state.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { Doing, Judged } from "./verdict.ts";

/** After an act of which nothing came, the next one comes no sooner than this. */
export const PAUSE_MS = 60_000;

export interface Occasion {
  /** what it is, in words for a person */
  readonly what: string;
  /** when something may be done for the first time */
  readonly first: number;
  /** how long it waits after an act of its own */
  readonly pauseMs: number;
}

export interface Acting {
  readonly settings: PolicySettings;
  readonly policy: Retries;
  readonly occasion: Occasion | undefined;
  readonly doing: Doing;
  readonly words: { readonly done: string; readonly undone: string };
  readonly now: number;
}

/** What a policy does where there is an occasion: at its time, as often as it may, and where nothing speaks against it. Pure. */
export function act(
  facts: SessionFacts,
  before: OwnState,
  { settings, policy, occasion, doing, words, now }: Acting,
): Judged {
  const own = countedAnew(before, policy, now);
  if (!policy.enabled || occasion === undefined) return { own, verdict: { kind: "rests" } };
  const { what, first, pauseMs } = occasion;
  const at = Math.max(first, own.lastActAt === null ? 0 : own.lastActAt + pauseMs);
  const { max_retries: most } = policy;
  const which = `attempt ${own.count + 1} of ${most}`;
  if (now < at)
    return {
      own,
      verdict: {
        kind: "later",
        at,
        text: `${what}; it is ${words.done} in ${duration(at - now)} (${which}), unless somebody acts before`,
      },
    };
  if (facts.isComing)
    return { own, verdict: { kind: "later", at: now + PAUSE_MS, text: `${what}; a prompt is on its way to it` } };
  const blocked = blockedBy(facts, settings, now);
  if (blocked !== undefined)
    return { own, verdict: { kind: "blocked", ...blocked, text: `${what}, and ${words.undone}: ${blocked.text}` } };
  if (own.count >= most) {
    const again = (own.lastActAt ?? now) + policy.retry_reset_seconds * 1000;
    const reason = `${what}: it was ${words.done} ${own.count === 1 ? "once" : `${own.count} times`}, which is most; a person has to look`;
    return { own, verdict: { kind: "gives_up", reason, again } };
  }
  return { own, verdict: { kind: "acts", doing, reason: `${what}; ${which}`, most } };
}

/** It counts anew where it did nothing for long enough. */
export function countedAnew(own: OwnState, { retry_reset_seconds: seconds }: Retries, now: number): OwnState {
  const isOver = own.lastActAt !== null && own.count > 0 && now - own.lastActAt >= seconds * 1000;
  return isOver ? { ...own, count: 0, gaveUp: false } : own;
}
