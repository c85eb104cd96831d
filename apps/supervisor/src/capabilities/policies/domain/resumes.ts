import { duration } from "@hal/words";
import { blockedBy } from "./blocked.ts";
import type { PolicySettings, Retries } from "./policy-settings.ts";
import type { OwnState } from "./policy-state.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { Judged } from "./verdict.ts";

/** After a resume with which no turn began, the next one comes no sooner than this. */
const PAUSE_MS = 60_000;

interface Occasion {
  /** since when there is an occasion, in words for a person */
  readonly what: string;
  /** when it may be resumed for the first time */
  readonly first: number;
  /** how long it waits after a resume of its own */
  readonly pauseMs: number;
}

/** Resumes what has rested for too long. */
export function resumeOnIdle(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const policy = settings.resume_on_idle;
  const pauseMs = policy.idle_threshold_seconds * 1000;
  const what = `idle for ${duration(Math.max(0, now - facts.since))}`;
  const occasion = facts.status === "idle" ? { what, first: facts.since + pauseMs, pauseMs } : undefined;
  return resume(facts, own, { settings, policy, occasion, now });
}

/** Resumes a turn that ended because opencode, its agent or the machine did. */
export function resumeInterrupted(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const { limit } = facts;
  const isMeant = facts.status === "error" && facts.isInterrupted && (limit === undefined || limit.until <= now);
  const occasion = isMeant ? { what: "its turn was interrupted", first: facts.since, pauseMs: PAUSE_MS } : undefined;
  return resume(facts, own, { settings, policy: settings.resume_interrupted, occasion, now });
}

/** Resumes a turn that failed after its provider had said when to try again, once that time has come. */
export function resumeOnLimit(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const { limit } = facts;
  const isMeant = facts.status === "error" && limit !== undefined && (!facts.isInterrupted || limit.until > now);
  const what = `its provider said "${limit?.message ?? ""}" and when to try again`;
  const first = Math.max(facts.since, limit?.until ?? 0);
  const occasion = isMeant ? { what, first, pauseMs: PAUSE_MS } : undefined;
  return resume(facts, own, { settings, policy: settings.resume_on_limit, occasion, now });
}

function resume(
  facts: SessionFacts,
  before: OwnState,
  {
    settings,
    policy,
    occasion,
    now,
  }: {
    readonly settings: PolicySettings;
    readonly policy: Retries & { readonly prompt: string };
    readonly occasion: Occasion | undefined;
    readonly now: number;
  },
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
        text: `${what}; it is resumed in ${duration(at - now)} (${which}), unless somebody acts before`,
      },
    };
  if (facts.isComing)
    return { own, verdict: { kind: "later", at: now + PAUSE_MS, text: `${what}; a prompt is on its way to it` } };
  const blocked = blockedBy(facts, settings, now);
  if (blocked !== undefined)
    return { own, verdict: { kind: "blocked", ...blocked, text: `${what}, and not resumed: ${blocked.text}` } };
  if (own.count >= most) {
    const again = (own.lastActAt ?? now) + policy.retry_reset_seconds * 1000;
    const reason = `${what}: it was resumed ${own.count === 1 ? "once" : `${own.count} times`}, which is most; a person has to look`;
    return { own, verdict: { kind: "gives_up", reason, again } };
  }
  return { own, verdict: { kind: "acts", prompt: policy.prompt, reason: `${what}; ${which}`, most } };
}

/** It counts anew where it did nothing for long enough. */
export function countedAnew(own: OwnState, { retry_reset_seconds: seconds }: Retries, now: number): OwnState {
  const isOver = own.lastActAt !== null && own.count > 0 && now - own.lastActAt >= seconds * 1000;
  return isOver ? { ...own, count: 0, gaveUp: false } : own;
}
