import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { IntegerText, Limit, Since, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms } from "./references.ts";

/** What happens without a person, by the names that the configuration has for it. */
export const POLICIES = [
  "resume_on_idle",
  "resume_interrupted",
  "resume_on_limit",
  "restart_on_compaction",
  "restart_on_stuck",
  "restart_on_completed",
  "alert_on_stuck",
  "alert_on_error_loop",
] as const;
export type PolicyName = (typeof POLICIES)[number];

/** What a policy came to: it did something, told a person, did all that it may, or did nothing for a reason. */
export const POLICY_OUTCOMES = ["acted", "alerted", "gave_up", "skipped"] as const;
export type PolicyOutcome = (typeof POLICY_OUTCOMES)[number];

export const PolicyDecisionView = v.object({
  at: Time,
  policy: v.string(),
  outcome: v.picklist(POLICY_OUTCOMES),
  reason: v.string(),
  session_id: v.nullable(v.string()),
  project: v.nullable(v.string()),
  node_id: v.nullable(v.string()),
  command_id: v.pipe(v.nullable(v.string()), v.description("what it asked of the node")),
});
export type PolicyDecisionView = v.InferOutput<typeof PolicyDecisionView>;

export const PolicyPauseView = v.object({
  id: v.string(),
  scope: v.pipe(v.string(), v.description("`fleet`, `node:N`, `project:P` or `session:ID`")),
  since: Time,
  by: v.string(),
  reason: v.nullable(v.string()),
  until: v.pipe(v.nullable(Time), v.description("null where somebody has to resume them")),
});
export type PolicyPauseView = v.InferOutput<typeof PolicyPauseView>;

export const PoliciesView = v.object({
  policies: v.array(
    v.object({
      name: v.string(),
      enabled: v.boolean(),
      settings: v.pipe(v.record(v.string(), v.union([Figure, v.string()])), v.description("as they are in use")),
      last: v.pipe(v.nullable(PolicyDecisionView), v.description("what it came to last, anywhere")),
    }),
  ),
  quiet_hours: v.nullable(
    v.object({
      from: v.string(),
      to: v.string(),
      time_zone: v.string(),
      until: v.pipe(v.nullable(Time), v.description("when they are over; null where it is none of them now")),
    }),
  ),
  pauses: v.array(PolicyPauseView),
  decisions: v.pipe(v.array(PolicyDecisionView), v.description("newest first")),
});
export type PoliciesView = v.InferOutput<typeof PoliciesView>;

export const policiesList = operation({
  name: "policies.list",
  summary: "What happens without a person: policies as they are in use, what pauses them, and what they came to",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/policies",
  input: v.object({ limit: Limit }),
  output: PoliciesView,
});

const Scope = v.pipe(
  Word,
  v.regex(/^(fleet|(session|project|node):.+)$/, "is no scope; write fleet, session:ID, project:NAME or node:NAME"),
  v.description("where: `fleet`, `session:ID`, `project:NAME` or `node:NAME`"),
  v.examples(["project:my-project"]),
);

export const policiesPause = operation({
  name: "policies.pause",
  summary: "Pause policies of a session, a project, a node or the fleet: they do nothing until somebody resumes them",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/policies/pause",
  words: ["scope"],
  input: v.object({
    scope: Scope,
    reason: v.optional(v.pipe(Word, v.description("why, for whoever wonders"))),
    minutes: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1),
        v.maxValue(525_600),
        v.description("for so long; without it until somebody resumes them"),
      ),
    ),
  }),
  output: PolicyPauseView,
  audited: { target: "scope", plain: ["reason", "minutes"] },
});

export const policiesResume = operation({
  name: "policies.resume",
  summary: "Let policies act again where somebody paused them",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/policies/resume",
  words: ["scope"],
  input: v.object({ scope: Scope }),
  output: v.object({
    resumed: v.array(PolicyPauseView),
    remaining: v.pipe(v.array(PolicyPauseView), v.description("what pauses policies elsewhere")),
  }),
  audited: { target: "scope" },
});

/** What policies would have come to. */
export const SimulationView = v.object({
  since: Time,
  until: Time,
  events: v.pipe(Figure, v.description("how many were replayed")),
  sessions: v.pipe(Figure, v.description("how many were looked at")),
  counts: v.array(v.object({ policy: v.string(), outcome: v.picklist(POLICY_OUTCOMES), count: Figure })),
  decisions: v.pipe(v.array(PolicyDecisionView), v.description("oldest first, as many as were asked for")),
  notes: v.pipe(v.array(v.string()), v.description("what the log does not say, and how it was taken")),
});
export type SimulationView = v.InferOutput<typeof SimulationView>;

export const policiesSimulate = operation({
  name: "policies.simulate",
  summary: "What policies would have come to: replays the event log against a configuration, and acts on nothing",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/policies/simulation",
  input: v.object({
    since: Since,
    config: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(8_000, "is too long"),
        v.description("a configuration with `policies`, as JSON; without it the one in use"),
        forPrograms(),
      ),
    ),
    limit: Limit,
  }),
  output: SimulationView,
});
