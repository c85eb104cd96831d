import * as v from "valibot";
import { Figure } from "../bounds.ts";
import { Time } from "./fields.ts";
import { FollowerView } from "./followers.ts";
import { HoldView } from "./holds.ts";
import { operation } from "./operation.ts";

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
  holds: v.optional(
    v.pipe(v.array(HoldView), v.description("what is held: nothing begins there until it is released")),
  ),
  nodes: v.record(v.string(), Figure),
  sessions: v.record(v.string(), Figure),
  health: v.optional(
    v.pipe(v.record(v.string(), Figure), v.description("how many sessions are stuck, and how many are looping")),
  ),
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
