import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";

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

export const StatusView = v.object({
  version: v.string(),
  log_id: v.string(),
  started_at: Time,
  restored_at: v.optional(
    v.pipe(
      Time,
      v.description("since when the event log is that of a copy that was restored; absent where it never was"),
    ),
  ),
  server_time: v.pipe(Time, v.description("the supervisor's clock when it answered")),
  nodes: v.record(v.string(), Figure),
  sessions: v.record(v.string(), Figure),
  open_interactions: Figure,
  commands_in_flight: Figure,
  stops_waiting: v.optional(
    v.pipe(Figure, v.description("how many of them are aborts, kills and stops, which wait until they are done")),
  ),
  cost: v.pipe(Figure, v.description("dollars, all sessions")),
  tokens: Figure,
  last_event: v.nullable(v.object({ id: Figure, received_at: Time })),
  followers: v.optional(v.pipe(v.array(FollowerView), v.description("what is done for events as they come"))),
});
export type StatusView = v.InferOutput<typeof StatusView>;

export const statusGet = operation({
  name: "status.get",
  summary: "The fleet on one page",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/status",
  input: v.object({}),
  output: StatusView,
});
