import type { PolicyName, PolicyOutcome } from "@hal/protocol";
import { alertOnErrorLoop, alertOnStuck } from "./alerts.ts";
import { LOOK_AGAIN_MS } from "./blocked.ts";
import type { PolicySettings } from "./policy-settings.ts";
import { FRESH, inEpisode, type OwnState, type PolicyState } from "./policy-state.ts";
import { restartOnCompaction, restartOnCompleted, restartOnStuck } from "./restarts.ts";
import { resumeInterrupted, resumeOnIdle, resumeOnLimit } from "./resumes.ts";
import type { SessionFacts } from "./session-facts.ts";
import type { Doing, Judged, Verdict } from "./verdict.ts";

type Policy = (facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number) => Judged;

/** Every policy, in the order in which they are asked: only the first that would act does. */
const JUDGES: readonly (readonly [PolicyName, Policy])[] = [
  ["restart_on_completed", restartOnCompleted],
  ["restart_on_compaction", restartOnCompaction],
  ["restart_on_stuck", restartOnStuck],
  ["resume_interrupted", resumeInterrupted],
  ["resume_on_limit", resumeOnLimit],
  ["resume_on_idle", resumeOnIdle],
  ["alert_on_stuck", alertOnStuck],
  ["alert_on_error_loop", alertOnErrorLoop],
];

/** What a policy came to, to be kept and told. */
export interface Decision {
  readonly policy: PolicyName;
  readonly outcome: PolicyOutcome;
  readonly reason: string;
  /** of one that was skipped: the reason in one word */
  readonly code?: string;
  readonly attempt?: number;
  readonly most?: number;
}

/** What is to be done. */
export interface Act {
  readonly policy: PolicyName;
  readonly doing: Doing;
  /** names this act among all of the session's, so that nobody does it twice */
  readonly key: string;
}

export interface Decided {
  readonly state: PolicyState;
  readonly decisions: readonly Decision[];
  readonly act: Act | undefined;
  /** how each policy stands that has something to say */
  readonly standing: readonly { readonly policy: PolicyName; readonly text: string }[];
  /** when to look again where no event comes before; null where only an event changes anything */
  readonly nextAt: number | null;
}

/** What policies do in a session. Pure: the same facts, memory, settings and time always come to the same. */
export function decide(facts: SessionFacts, before: PolicyState, settings: PolicySettings, now: number): Decided {
  const known = inEpisode(before, facts.episode);
  // its prompts are told while it is restarted, and are known by that
  const state = facts.isRestarting ? known : { ...known, isRestarting: false };
  if (!facts.isRoot || facts.status === "ended") return { ...NOTHING, state };
  if (facts.status === "unreachable") return { ...NOTHING, state, nextAt: now + 2 * LOOK_AGAIN_MS };
  if (facts.isRestarting) return { ...NOTHING, state, nextAt: now + LOOK_AGAIN_MS };
  const policies = { ...state.policies };
  const decisions: Decision[] = [];
  const standing: { policy: PolicyName; text: string }[] = [];
  let act: Act | undefined;
  let nextAt: number | null = null;
  for (const [policy, judge] of JUDGES) {
    const judged = judge(facts, policies[policy] ?? FRESH, settings, now);
    const isLate = judged.verdict.kind === "acts" && act !== undefined;
    const taken = isLate ? undefined : take(policy, judged, now);
    const own = remembering(taken?.own ?? judged.own, taken?.decision, now);
    if (own !== FRESH || policies[policy] !== undefined) policies[policy] = own;
    if (taken?.decision !== undefined) decisions.push(taken.decision);
    const { verdict } = judged;
    if (verdict.kind === "acts" && !isLate)
      act = { policy, doing: verdict.doing, key: `${policy}/${state.episode ?? ""}/${own.acts}` };
    const text = textOf(verdict);
    if (text !== undefined) standing.push({ policy, text });
    const at = isLate ? now + LOOK_AGAIN_MS : againAt(verdict, own, now);
    if (at !== null) nextAt = Math.min(nextAt ?? at, at);
  }
  const isRestarting = act?.doing.kind === "restart";
  return { state: { ...state, policies, isRestarting }, decisions, act, standing, nextAt };
}

function remembering(own: OwnState, decision: Decision | undefined, at: number): OwnState {
  return decision === undefined ? own : { ...own, last: { outcome: decision.outcome, reason: decision.reason, at } };
}

const NOTHING = { decisions: [], act: undefined, standing: [], nextAt: null } as const;

/** What is told of a verdict, once each, and what is remembered of that. */
function take(
  policy: PolicyName,
  { own, verdict }: Judged,
  now: number,
): { readonly own: OwnState; readonly decision: Decision | undefined } {
  switch (verdict.kind) {
    case "rests":
    case "later":
      return { own, decision: undefined };
    case "blocked":
      if (own.said.includes(verdict.code)) return { own, decision: undefined };
      return {
        own: { ...own, said: [...own.said, verdict.code] },
        decision: { policy, outcome: "skipped", reason: verdict.text, code: verdict.code },
      };
    case "acts": {
      const count = own.count + 1;
      return {
        own: { ...own, count, acts: own.acts + 1, lastActAt: now },
        decision: { policy, outcome: "acted", reason: verdict.reason, attempt: count, most: verdict.most },
      };
    }
    case "gives_up":
      if (own.gaveUp) return { own, decision: undefined };
      return {
        own: { ...own, gaveUp: true },
        decision: { policy, outcome: "gave_up", reason: verdict.reason, attempt: own.count },
      };
    case "alerts":
      return {
        own: { ...own, alertedOf: verdict.of },
        decision: { policy, outcome: "alerted", reason: verdict.reason },
      };
    default:
      return verdict satisfies never;
  }
}

function textOf(verdict: Verdict): string | undefined {
  if (verdict.kind === "rests") return undefined;
  return "text" in verdict ? verdict.text : verdict.reason;
}

function againAt(verdict: Verdict, own: OwnState, now: number): number | null {
  switch (verdict.kind) {
    case "later":
      return verdict.at;
    case "blocked":
      return verdict.again;
    case "gives_up":
      return verdict.again;
    case "acts":
      // what comes of it is told by events; where none comes, this is
      return (own.lastActAt ?? now) + 2 * LOOK_AGAIN_MS;
    default:
      return null;
  }
}
