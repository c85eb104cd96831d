import { duration } from "@hal/words";
import { act, type Acting, PAUSE_MS } from "./occasion.ts";
import type { PolicySettings, Retries } from "./policy-settings.ts";
import type { OwnState } from "./policy-state.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { Judged } from "./verdict.ts";

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

function resume(facts: SessionFacts, own: OwnState, { policy, ...rest }: Resumed): Judged {
  const doing = { kind: "prompt", text: policy.prompt } as const;
  return act(facts, own, { ...rest, policy, doing, words: RESUMED });
}

interface Resumed extends Omit<Acting, "doing" | "words" | "policy"> {
  readonly policy: Retries & { readonly prompt: string };
}

const RESUMED = { done: "resumed", undone: "not resumed" } as const;
