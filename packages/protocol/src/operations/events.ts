import * as v from "valibot";
import { Limit, Time } from "./fields.ts";
import { operation } from "./operation.ts";

export const EventView = v.object({
  /** the place in the event log */
  id: v.number(),
  /** `<logId>:<id>`: resume after this event */
  cursor: v.string(),
  node_id: v.nullable(v.string()),
  project: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  type: v.string(),
  data: v.unknown(),
  /** the source's clock */
  timestamp: Time,
  /** the supervisor's clock */
  received_at: Time,
});
export type EventView = v.InferOutput<typeof EventView>;

const Filters = {
  type: v.optional(v.string()),
  session_id: v.optional(v.string()),
  node_id: v.optional(v.string()),
};

export const eventsList = operation({
  name: "events.list",
  summary: "Events, newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/events",
  input: v.object({
    ...Filters,
    /** received at or after; ISO 8601 */
    since: v.optional(
      v.pipe(
        v.string(),
        v.check((t) => !Number.isNaN(Date.parse(t)), "not a time; write it as 2026-02-03T04:05:06Z"),
      ),
    ),
    /** only events before this cursor: the next page */
    before: v.optional(v.string()),
    limit: Limit,
  }),
  output: v.array(EventView),
});

export const eventsStream = operation({
  name: "events.stream",
  summary: "Events as they are committed, after a cursor or from now on",
  role: "viewer",
  kind: "stream",
  method: "GET",
  path: "/events/stream",
  input: v.object({ ...Filters, after: v.optional(v.string()) }),
  output: EventView,
});
