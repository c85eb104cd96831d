import { POLICIES, POLICY_OUTCOMES, type PolicyName } from "@hal/protocol";
import * as v from "valibot";

const Time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const Own = v.object({
  /** how often it acted since it counts anew */
  count: Time,
  /** how often it acted in this episode */
  acts: Time,
  lastActAt: v.nullable(Time),
  /** it has told a person that it did all that it may */
  gaveUp: v.boolean(),
  /** for which reasons it was told that it does nothing, in this episode */
  said: v.array(v.string()),
  /** since when that was of which it told a person last */
  alertedOf: v.nullable(Time),
  /** what it came to last */
  last: v.nullable(v.object({ outcome: v.picklist(POLICY_OUTCOMES), reason: v.string(), at: Time })),
});

/** What one policy did in a session. */
export type OwnState = v.InferOutput<typeof Own>;

/** What policies remember of a session, beside what is known of it. */
export interface PolicyState {
  /** the prompt of a person with which its episode began; null before the first */
  readonly episode: string | null;
  readonly policies: Readonly<Partial<Record<PolicyName, OwnState>>>;
  /** a policy restarted it, and that is not over: what is prompted meanwhile is no person's */
  readonly isRestarting: boolean;
}

export const FRESH: OwnState = {
  count: 0,
  acts: 0,
  lastActAt: null,
  gaveUp: false,
  said: [],
  alertedOf: null,
  last: null,
};

export const NO_STATE: PolicyState = { episode: null, policies: {}, isRestarting: false };

const Stored = v.object({
  episode: v.nullable(v.string()),
  policies: v.record(v.picklist(POLICIES), v.optional(Own)),
  isRestarting: v.optional(v.boolean(), false),
});

/** What is stored of it; what cannot be read begins anew. */
export function readPolicyState(stored: unknown): PolicyState {
  const read = v.safeParse(Stored, stored);
  return read.success ? (read.output as PolicyState) : NO_STATE;
}

/** What is remembered once a session is in an episode: one that is new begins with nothing but what was told already. */
export function inEpisode(state: PolicyState, episode: string | undefined): PolicyState {
  if (episode === undefined || episode === state.episode) return state;
  if (state.isRestarting) return { ...state, episode };
  const policies: Partial<Record<PolicyName, OwnState>> = {};
  for (const [name, { alertedOf, last }] of Object.entries(state.policies))
    if (last !== null) policies[name as PolicyName] = { ...FRESH, alertedOf, last };
  return { episode, policies, isRestarting: false };
}

/** What is remembered of a session that goes on from another one: where a policy restarted that, all of it. */
export function inherited(own: PolicyState, earlier: PolicyState | undefined): PolicyState {
  if (own.episode !== null || earlier === undefined) return own;
  const { restart_on_compaction: full, restart_on_stuck: stuck, restart_on_completed: done } = earlier.policies;
  return (full?.acts ?? 0) + (stuck?.acts ?? 0) + (done?.acts ?? 0) === 0 ? own : { ...earlier, isRestarting: true };
}
