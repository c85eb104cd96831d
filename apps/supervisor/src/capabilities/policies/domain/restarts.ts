import { duration, thousands } from "@hal/words";
import { act, PAUSE_MS } from "./occasion.ts";
import type { PolicySettings } from "./policy-settings.ts";
import type { OwnState } from "./policy-state.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { Judged } from "./verdict.ts";

const RESTARTED = { done: "restarted", undone: "not restarted" } as const;

/** Restarts a session whose context is full, or was compacted often, once its turn is over, after a handover. */
export function restartOnCompaction(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const policy = settings.restart_on_compaction;
  const what = facts.status === "idle" ? fullness(facts, policy) : undefined;
  const occasion = what === undefined ? undefined : { what, first: facts.since, pauseMs: PAUSE_MS };
  const doing = { kind: "restart", handover: true } as const;
  return unlessOlder(facts, own, act(facts, own, { settings, policy, occasion, doing, words: RESTARTED, now }));
}

function fullness(
  { contextTokens: tokens = 0, compactions }: SessionFacts,
  { token_threshold: most, compaction_threshold: often }: PolicySettings["restart_on_compaction"],
): string | undefined {
  if (tokens >= most) return `its context has ${thousands(tokens)} tokens`;
  if (often === undefined || compactions < often) return undefined;
  return `it was compacted ${compactions === 1 ? "once" : `${compactions} times`}`;
}

/** Restarts a session that has been stuck for too long. It is not asked to hand over: it would not answer. */
export function restartOnStuck(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const policy = settings.restart_on_stuck;
  const { stuck } = facts;
  const afterMs = policy.after_minutes * 60_000;
  const occasion =
    stuck === undefined
      ? undefined
      : {
          what: `stuck for ${duration(Math.max(0, now - stuck.since))}`,
          first: stuck.since + afterMs,
          pauseMs: afterMs,
        };
  const doing = { kind: "restart", handover: false } as const;
  return unlessOlder(facts, own, act(facts, own, { settings, policy, occasion, doing, words: RESTARTED, now }));
}

/** Restarts a session whose task is completed, once its turn is over, after a handover: the next task begins with an empty context. */
export function restartOnCompleted(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const policy = settings.restart_on_completed;
  const { completed, status, since } = facts;
  // one that goes on from it has nothing behind it
  const isMeant = completed?.continues === null && status === "idle";
  const occasion = isMeant ? { what: "its task is completed", first: since, pauseMs: PAUSE_MS } : undefined;
  const doing = { kind: "restart", handover: true, prompt: policy.prompt } as const;
  const asked = { ...facts, completed: undefined };
  return unlessOlder(facts, own, act(asked, own, { settings, policy, occasion, doing, words: RESTARTED, now }));
}

function unlessOlder({ canRestart }: SessionFacts, own: OwnState, judged: Judged): Judged {
  if (canRestart || judged.verdict.kind !== "acts") return judged;
  const text = `${judged.verdict.reason}, and not restarted: its agent is older and cannot do that; upgrade it`;
  return { own, verdict: { kind: "blocked", code: "older_agent", text, again: null } };
}
