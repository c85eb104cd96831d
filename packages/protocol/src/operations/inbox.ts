import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { Limit, Since, SwitchText, Time } from "./fields.ts";
import { HoldView } from "./holds.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** How much somebody is needed, most of all first. */
export const TIERS = ["blocked", "failed", "stuck", "finished"] as const;
export type Tier = (typeof TIERS)[number];

const TierCounts = v.object({ blocked: Figure, failed: Figure, stuck: Figure, finished: Figure });

export const InboxItemView = v.object({
  id: v.pipe(v.string(), v.description("of the interaction or the session that it is about")),
  kind: v.pipe(
    v.picklist(["permission", "question", "session"]),
    v.description("what it is about: an open interaction, or a root session"),
  ),
  tier: v.picklist(TIERS),
  reason: v.pipe(v.string(), v.description("why it needs somebody, in one line")),
  since: v.pipe(Time, v.description("since when that is so")),
  node: v.string(),
  node_id: v.string(),
  project: v.string(),
  session_id: v.pipe(v.string(), v.description("the root session")),
  title: v.pipe(v.string(), v.description("of that session")),
  owner: v.pipe(
    v.nullable(v.string()),
    v.description("for whom that session works: who gave it its newest prompt; null where that is not known"),
  ),
  state: v.pipe(
    v.picklist(["open", "answered"]),
    v.description("`answered`: somebody answered it, and that has not reached it yet"),
  ),
  next: v.pipe(
    v.array(v.object({ command: v.string(), purpose: v.string() })),
    v.description("what can be typed, most useful first"),
  ),
});
export type InboxItemView = v.InferOutput<typeof InboxItemView>;

export const InboxView = v.object({
  items: v.pipe(
    v.array(InboxItemView),
    v.description("by tier; those that wait longest come first, and of the finished ones the newest"),
  ),
  counts: v.pipe(TierCounts, v.description("how many are open in each tier, also of those that are not shown")),
  since: v.pipe(Time, v.description("what finished before is not shown")),
  holds: v.pipe(v.array(HoldView), v.description("what is held: nothing begins there until it is released")),
  unreachable: v.pipe(
    v.object({ nodes: v.array(v.string()), sessions: Figure }),
    v.description("where nobody knows what goes on now: nodes, and how many of their sessions had not ended"),
  ),
});
export type InboxView = v.InferOutput<typeof InboxView>;

export const inboxList = operation({
  name: "inbox.list",
  summary: "What needs a person, over the whole fleet, with its reason and what can be typed",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/inbox",
  input: v.object({
    all: v.optional(v.pipe(SwitchText, v.description("also what is answered and has not been told so yet")), false),
    tier: v.optional(v.pipe(v.picklist(TIERS), v.description("only of this tier"))),
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
    since: Since,
    limit: Limit,
  }),
  output: InboxView,
});
