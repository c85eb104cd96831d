import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { Limit, Since, Time } from "./fields.ts";
import { InboxItemView, TierCounts, TIERS } from "./inbox.ts";
import { operation } from "./operation.ts";
import { POLICY_OUTCOMES, PolicyDecisionView } from "./policies.ts";
import { refers } from "./references.ts";
import { SessionStatus } from "./sessions.ts";

export const ReviewedSession = v.object({
  session_id: v.string(),
  project: v.string(),
  node: v.string(),
  node_id: v.string(),
  title: v.string(),
  status: v.pipe(SessionStatus, v.description("as it is now")),
  reason: v.pipe(v.string(), v.description("why its status is what it is, in one line")),
  tier: v.pipe(v.nullable(v.picklist(TIERS)), v.description("as in the inbox; null where it needs nobody")),
  continued_by: v.pipe(v.nullable(v.string()), v.description("the session that goes on from it, after a restart")),
  cost: v.pipe(
    Figure,
    v.description("dollars, what its answers cost that were told since then, with its child sessions"),
  ),
  tokens: Figure,
  answers: v.pipe(Figure, v.description("how many of the assistant's messages were told since then")),
  files: v.pipe(
    v.array(v.string()),
    v.description("that its tools wrote since then; what a command wrote is not known: see `sessions.diff`"),
  ),
  more_files: v.pipe(Figure, v.description("how many of them are not named")),
});
export type ReviewedSession = v.InferOutput<typeof ReviewedSession>;

export const ReviewView = v.object({
  since: Time,
  until: v.pipe(Time, v.description("what is told from then on is for the next review")),
  last_look: v.pipe(v.nullable(Time), v.description("when whoever asks has looked last; null before that")),
  sessions: v.pipe(
    v.array(ReviewedSession),
    v.description("root sessions of which something was told since then, what finished first"),
  ),
  more_sessions: v.pipe(Figure, v.description("how many of them are not shown")),
  waiting: v.pipe(v.array(InboxItemView), v.description("what is blocked, failed or stuck now, whenever that began")),
  counts: v.pipe(TierCounts, v.description("how many are open in each tier")),
  cost: v.object({
    total: v.pipe(Figure, v.description("dollars, what the answers cost that were told since then")),
    tokens: Figure,
    by_project: v.pipe(
      v.array(v.object({ project: v.string(), cost: Figure, tokens: Figure })),
      v.description("the dearest first"),
    ),
  }),
  interactions: v.object({
    asked: Figure,
    answered: v.pipe(Figure, v.description("by somebody, or in opencode itself")),
    by_rule: v.pipe(Figure, v.description("by a standing rule")),
    expired: v.pipe(Figure, v.description("that nobody answered: denied in time, or gone with what asked")),
  }),
  policies: v.pipe(
    v.array(v.object({ policy: v.string(), outcome: v.picklist(POLICY_OUTCOMES), count: Figure })),
    v.description("what policies came to since then"),
  ),
  decisions: v.pipe(v.array(PolicyDecisionView), v.description("the same one by one, newest first")),
  notes: v.pipe(v.array(v.string()), v.description("what the log does not say")),
});
export type ReviewView = v.InferOutput<typeof ReviewView>;

export const inboxReview = operation({
  name: "inbox.review",
  summary:
    "What happened since one looked last: what finished, changed files, cost, what failed, what waits, what policies did",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/inbox/review",
  input: v.object({
    since: Since,
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
    limit: Limit,
  }),
  output: ReviewView,
});
