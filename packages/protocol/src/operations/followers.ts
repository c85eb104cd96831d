import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { IntegerText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** A part of the supervisor that does something for events, by its name. */
export const FollowerView = v.object({
  name: v.string(),
  lag_events: v.pipe(Figure, v.description("places of the event log between it and the newest event")),
  stuck: v.nullable(
    v.object({
      event_id: v.nullable(Figure),
      reason: v.string(),
      attempts: Figure,
      since: Time,
      next_try_at: Time,
    }),
  ),
  set_aside: v.pipe(Figure, v.description("events that it tried in vain and went on without")),
  last_set_aside: v.nullable(v.object({ event_id: Figure, reason: v.string(), at: Time })),
});
export type FollowerView = v.InferOutput<typeof FollowerView>;

/** An event that a follower went on without. */
export const SetAsideView = v.object({
  event_id: Figure,
  reason: v.pipe(v.string(), v.description("why it failed the last time")),
  attempts: Figure,
  at: v.pipe(Time, v.description("when it was tried last")),
});
export type SetAsideView = v.InferOutput<typeof SetAsideView>;

const FollowerName = v.pipe(
  Word,
  v.minLength(1, "say which follower: its name"),
  v.description("the name of a follower of the event log"),
  v.examples(["journal"]),
  refers("follower"),
);
const EventId = v.pipe(IntegerText, v.minValue(1), v.examples([1_234]));

export const followersList = operation({
  name: "followers.list",
  summary: "What is done for events as they come, how far that is, and what was set aside",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/followers",
  input: v.object({
    after: v.optional(v.pipe(EventId, v.description("of what was set aside, only events behind this one"))),
  }),
  output: v.array(
    v.object({
      ...FollowerView.entries,
      events: v.pipe(
        v.array(SetAsideView),
        v.description("what it went on without, oldest event first, 100 at most; `after` has the next ones"),
      ),
    }),
  ),
});

export const followersRetry = operation({
  name: "followers.retry",
  summary: "Hand events that were set aside to their follower again, 100 at a time; what is done is set aside no more",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/followers/{name}/retry",
  words: ["name", "event_id"],
  input: v.object({
    name: FollowerName,
    event_id: v.optional(v.pipe(EventId, v.description("only this event"))),
  }),
  output: v.object({
    done: v.array(Figure),
    failed: v.array(v.object({ event_id: Figure, reason: v.string() })),
    left: v.pipe(Figure, v.description("how many are set aside still, those that failed included")),
  }),
  audited: { target: "name", plain: ["event_id"] },
});

export const followersDrop = operation({
  name: "followers.drop",
  summary: "Give up an event that was set aside: its follower never does it",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/followers/{name}/drop",
  words: ["name", "event_id"],
  input: v.object({ name: FollowerName, event_id: v.pipe(EventId, v.description("which event")) }),
  output: SetAsideView,
  audited: { target: "name", plain: ["event_id"] },
});
