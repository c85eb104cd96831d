import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { IntegerText, Limit, Since, SwitchText, Time, UpTo } from "./fields.ts";
import { HoldView } from "./holds.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** How much somebody is needed, most of all first. */
export const TIERS = ["blocked", "failed", "stuck", "finished"] as const;
export type Tier = (typeof TIERS)[number];

export const TierCounts = v.object({ blocked: Figure, failed: Figure, stuck: Figure, finished: Figure });

export const InboxItemView = v.object({
  id: v.pipe(
    v.string(),
    v.description("of the interaction or the session that it is about, or the name of a schedule or a project"),
  ),
  kind: v.pipe(
    v.picklist(["permission", "question", "session", "schedule", "project", "budget"]),
    v.description("what it is about: an open interaction, a root session, or what was to start a session and did not"),
  ),
  tier: v.picklist(TIERS),
  reason: v.pipe(v.string(), v.description("why it needs somebody, in one line")),
  since: v.pipe(Time, v.description("since when that is so")),
  node: v.pipe(v.nullable(v.string()), v.description("null of what did not start")),
  node_id: v.nullable(v.string()),
  project: v.string(),
  session_id: v.pipe(v.nullable(v.string()), v.description("the root session; null of what did not start")),
  title: v.pipe(v.string(), v.description("of that session")),
  owner: v.pipe(
    v.nullable(v.string()),
    v.description("for whom that session works: who gave it its newest prompt; null where that is not known"),
  ),
  state: v.pipe(
    v.picklist(["open", "snoozed", "acknowledged", "answered"]),
    v.description(
      "for whoever asks: put off or seen, until it moves; `answered`: somebody answered it, and that has not reached it yet",
    ),
  ),
  until: v.pipe(
    v.nullable(Time),
    v.description("when one that is snoozed is back at the latest; null where that is when it moves"),
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
  hidden: v.pipe(
    v.object({ snoozed: Figure, acknowledged: Figure, answered: Figure }),
    v.description("how many are not open, and are shown with `all`"),
  ),
  since: v.pipe(Time, v.description("what finished before is not shown")),
  last_look: v.pipe(v.nullable(Time), v.description("when whoever asks has looked last; null before that")),
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
    all: v.optional(
      v.pipe(SwitchText, v.description("also what is snoozed, acknowledged, or has an answer on its way")),
      false,
    ),
    tier: v.optional(v.pipe(v.picklist(TIERS), v.description("only of this tier"))),
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
    since: Since,
    limit: Limit,
  }),
  output: InboxView,
});

const ItemRef = v.pipe(
  Word,
  v.minLength(1, "say which item: the id of an interaction or a session, or a name"),
  v.description(
    "an item: the id of an interaction or a session, a unique prefix of one, a schedule or a project; each of them also as `node/…`",
  ),
  v.examples(["ses_4f1c"]),
  refers("interaction", "session", "project"),
);

export const inboxSnooze = operation({
  name: "inbox.snooze",
  summary: "Put an item of the inbox off, for oneself: for a time, or until it moves",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/inbox/{item}/snooze",
  words: ["item"],
  input: v.object({
    item: ItemRef,
    for_ms: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1_000),
        v.maxValue(90 * 86_400_000),
        v.description("for so long at most, a question for seven days; without it until it moves"),
      ),
    ),
  }),
  output: InboxItemView,
  audited: { target: "item", plain: ["for_ms"] },
});

export const inboxAcknowledge = operation({
  name: "inbox.acknowledge",
  summary: "Take an item out of the inbox, for oneself, until it moves; not a question, which waits for an answer",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/inbox/{item}/acknowledge",
  words: ["item"],
  input: v.object({ item: ItemRef }),
  output: InboxItemView,
  audited: { target: "item" },
});

export const inboxReopen = operation({
  name: "inbox.reopen",
  summary: "Take back that an item of the inbox was snoozed or acknowledged",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/inbox/{item}/reopen",
  words: ["item"],
  input: v.object({ item: ItemRef }),
  output: InboxItemView,
  audited: { target: "item" },
});

export const inboxLook = operation({
  name: "inbox.look",
  summary: "Say that one has looked: what finished until now is not shown any more",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/inbox/look",
  input: v.object({ until: UpTo }),
  output: v.object({ last_look: Time }),
  audited: { plain: ["until"] },
});
