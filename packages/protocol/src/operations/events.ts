import * as v from "valibot";
import { Figure, Opaque, Word } from "../bounds.ts";
import { Limit, PageCursor, Since, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms, refers } from "./references.ts";

export const EventView = v.object({
  id: v.pipe(Figure, v.description("the place in the event log")),
  cursor: v.pipe(v.string(), v.description("`<logId>:<id>`: resume after this event")),
  node_id: v.nullable(v.string()),
  project: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  type: v.string(),
  data: Opaque,
  timestamp: v.pipe(Time, v.description("the source's clock")),
  received_at: v.pipe(Time, v.description("the supervisor's clock")),
});
export type EventView = v.InferOutput<typeof EventView>;

const Filters = {
  type: v.optional(v.pipe(Word, v.description("only of this type, such as `session.idle`"), refers("event-type"))),
  session_id: v.optional(v.pipe(Word, v.description("a whole session id"), refers("session"))),
  node_id: v.optional(v.pipe(Word, v.description("a whole node id"), refers("node"))),
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
    since: Since,
    cursor: PageCursor,
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
  input: v.object({
    ...Filters,
    after: v.optional(
      v.pipe(Word, v.description("the cursor of an event: go on behind it; also `Last-Event-ID`"), forPrograms()),
    ),
  }),
  output: EventView,
});
