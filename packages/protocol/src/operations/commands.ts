import * as v from "valibot";
import { CommandState } from "../commands.ts";
import { ErrorBody } from "../errors.ts";
import { Limit, Time, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";

export const CommandView = v.object({
  id: v.string(),
  type: v.string(),
  node_id: v.string(),
  project: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  actor: v.string(),
  state: CommandState,
  /** why it is in that state, in one line */
  reason: v.string(),
  output: v.nullable(v.unknown()),
  error: v.nullable(ErrorBody),
  created_at: Time,
  deadline_at: Time,
  finished_at: v.nullable(Time),
});
export type CommandView = v.InferOutput<typeof CommandView>;

export const commandsList = operation({
  name: "commands.list",
  summary: "Commands, newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/commands",
  input: v.object({
    node: v.optional(v.string()),
    session: v.optional(v.string()),
    state: v.optional(CommandState),
    limit: Limit,
  }),
  output: v.array(CommandView),
});

export const commandsGet = operation({
  name: "commands.get",
  summary: "One command; wait_ms > 0 waits that long for its outcome",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/commands/{id}",
  input: v.object({
    id: v.pipe(v.string(), v.minLength(1)),
    wait_ms: v.optional(
      v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.minValue(0), v.maxValue(600_000)),
      0,
    ),
  }),
  output: CommandView,
});

export const commandsCancel = operation({
  name: "commands.cancel",
  summary: "Cancel a command that has not begun; what is under way is stopped with sessions.abort",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/commands/{id}/cancel",
  input: v.object({ id: v.pipe(v.string(), v.minLength(1)), wait_ms: WaitMs }),
  output: CommandView,
  audited: { target: "id", plain: ["wait_ms"] },
});
