import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { NoticeState, TargetState, Verbosity } from "../channels.ts";
import { Limit, PageCursor, SwitchText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** Where notices are sent to. */
export const TargetView = v.object({
  name: v.pipe(v.string(), v.examples(["webhook#n8n"])),
  kind: v.string(),
  to: v.pipe(v.string(), v.description("where that is, without what is secret of it")),
  state: TargetState,
  reason: v.string(),
  waiting: v.pipe(Figure, v.description("notices that are not sent yet")),
  waiting_since: v.pipe(v.nullable(Time), v.description("when the oldest of them was made")),
  last_sent_at: v.pipe(v.nullable(Time), v.description("when the last one arrived")),
  since: v.pipe(v.nullable(Time), v.description("since when it is failing or stopped; null where it is neither")),
  next_try_at: v.pipe(
    v.nullable(Time),
    v.description("when it is tried again; null where nothing waits, or it is stopped"),
  ),
  verbosity: v.optional(
    v.pipe(
      v.nullable(Verbosity),
      v.description("how much it is told; null of one for programs, which is told each thing"),
    ),
    null,
  ),
  quiet_until: v.optional(
    v.pipe(v.nullable(Time), v.description("when its quiet hours are over; null where there are none now")),
    null,
  ),
  digest_at: v.optional(
    v.pipe(v.nullable(v.string()), v.description("when its channel has the digest of the day, and by which clock")),
    null,
  ),
});
export type TargetView = v.InferOutput<typeof TargetView>;

/** What a target is told of one thing. */
export const NoticeView = v.object({
  id: v.string(),
  target: v.string(),
  state: NoticeState,
  reason: v.string(),
  type: v.pipe(v.string(), v.description("what it tells, such as an event's type")),
  event_id: v.pipe(v.nullable(Figure), v.description("the event; null where it tells of a time that has come")),
  route: v.pipe(v.string(), v.description("the `match` of the route that took it")),
  tries: Figure,
  created_at: Time,
  closed_at: v.pipe(v.nullable(Time), v.description("when it was sent or given up; null while it waits")),
  next_try_at: v.pipe(v.nullable(Time), v.description("when it is tried next; null where it is not")),
  urgent: v.optional(v.pipe(v.boolean(), v.description("whether it is told in quiet hours, too")), false),
  card: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description(
        "the message that tells it, or is to: notices with the same one are told by one message and its thread",
      ),
    ),
    null,
  ),
});
export type NoticeView = v.InferOutput<typeof NoticeView>;

const Target = v.pipe(
  Word,
  v.minLength(1, "say which target, such as webhook#n8n"),
  v.description("the name of a target"),
  v.examples(["webhook#n8n"]),
  refers("target"),
);

export const channelsList = operation({
  name: "channels.list",
  summary: "Where notices are sent to, and whether they arrive",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/channels",
  input: v.object({}),
  output: v.array(TargetView),
});

export const channelsTest = operation({
  name: "channels.test",
  summary: "Send a target a notice that says it is a test; one that was stopped and takes it is sent to again",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/channels/test",
  words: ["target"],
  input: v.object({ target: Target }),
  output: v.object({
    target: v.string(),
    sent: v.boolean(),
    reason: v.pipe(v.string(), v.description("what came of it")),
    missing: v.pipe(v.array(v.string()), v.description("what keeps notices from arriving, each with what to do")),
    resumed: v.pipe(v.boolean(), v.description("whether it was stopped, and is not any more")),
  }),
  audited: { target: "target" },
});

const Right = v.object({ name: v.string(), why: v.string() });

export const channelsSetup = operation({
  name: "channels.setup",
  summary: "How an app on a platform is made, and what each right that it asks for is good for",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/channels/setup/{platform}",
  words: ["platform"],
  input: v.object({
    platform: v.pipe(v.picklist(["discord", "slack"]), v.description("on which platform"), v.examples(["slack"])),
    url: v.optional(
      v.pipe(
        v.string(),
        v.maxLength(2_000, "is too long"),
        v.description(
          "where the platform reaches this supervisor's HTTP port from outside; without it the supervisor connects to the platform",
        ),
        v.examples(["https://hal.example.org/slack/events"]),
      ),
    ),
    application: v.optional(
      v.pipe(
        Word,
        v.description("of Discord: the Application ID, from General Information of the app; it goes into the address"),
      ),
    ),
    agent: v.optional(
      v.pipe(SwitchText, v.description("declare it an agent, so that sessions have the platform's own stop button")),
      false,
    ),
  }),
  output: v.object({
    steps: v.pipe(v.array(v.string()), v.description("what to do, in this order")),
    rights: v.array(Right),
    events: v.pipe(v.array(Right), v.description("what it is told of")),
    manifest: v.pipe(v.string(), v.description("of Slack: what the app is made from, as JSON; empty of Discord")),
    address: v.pipe(v.string(), v.description("where a browser makes the app, or puts it onto a server")),
  }),
});

export const noticesList = operation({
  name: "notices.list",
  summary: "What targets were told, or are to be told, newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/notices",
  input: v.object({
    target: v.optional(v.pipe(Word, v.description("only of this target"), refers("target"))),
    state: v.optional(v.pipe(NoticeState, v.description("only those that are in this state"))),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(NoticeView),
});
