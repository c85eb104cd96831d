import * as v from "valibot";
import { Opaque, Word } from "../bounds.ts";
import { CommandState } from "../commands.ts";
import { ErrorBody } from "../errors.ts";
import { IntegerText, Limit, OfSession, OnNode, PageCursor, Problem, Time, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms, refers } from "./references.ts";

export const CommandView = v.object({
  id: v.string(),
  type: v.string(),
  node_id: v.string(),
  project: v.nullable(v.string()),
  session_id: v.nullable(v.string()),
  actor: v.string(),
  state: CommandState,
  reason: v.pipe(v.string(), v.description("why it is in that state, in one line")),
  problem: Problem,
  output: v.nullable(Opaque),
  error: v.nullable(ErrorBody),
  created_at: Time,
  deadline_at: v.pipe(v.nullable(Time), v.description("null where it waits until it is done or cancelled")),
  finished_at: v.nullable(Time),
});
export type CommandView = v.InferOutput<typeof CommandView>;

const CommandRef = v.pipe(
  Word,
  v.minLength(1),
  v.description("the id of a command, or a unique prefix"),
  v.examples(["cmd_0199a3c2-7d1e-7c4b-9a51-3f1f0c1d2e3f"]),
  refers("command"),
);

export const commandsList = operation({
  name: "commands.list",
  summary: "Commands, newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/commands",
  input: v.object({
    node: v.optional(OnNode),
    session: v.optional(OfSession),
    state: v.optional(v.pipe(CommandState, v.description("only in this state"))),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(CommandView),
});

export const commandsGet = operation({
  name: "commands.get",
  summary: "One command, with its reason and what came of it",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/commands/{id}",
  words: ["id"],
  input: v.object({
    id: CommandRef,
    wait_ms: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(0),
        v.maxValue(600_000),
        v.description("how long to wait for the outcome; 0 answers at once"),
        forPrograms(),
      ),
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
  words: ["id"],
  input: v.object({ id: CommandRef, wait_ms: WaitMs }),
  output: CommandView,
  audited: { target: "id", plain: ["wait_ms"] },
});
