import * as v from "valibot";
import { Figure, Opaque, Word } from "../bounds.ts";
import { TokenUsage } from "../tokens.ts";
import { CommandView } from "./commands.ts";
import { Limit, OnNode, PageCursor, Problem, SessionRef, SwitchText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { SESSION_PLACE } from "./session-place.ts";
import { refers } from "./references.ts";

/** What is stored, and what is computed on reading (`unreachable`). */
export const SESSION_STATUSES = [
  "starting",
  "busy",
  "idle",
  "waiting",
  "retrying",
  "error",
  "ended",
  "unreachable",
] as const;
export const SessionStatus = v.picklist(SESSION_STATUSES);
export type SessionStatus = v.InferOutput<typeof SessionStatus>;

/** In these a session is active: a turn goes on, is about to, or waits for somebody. */
export const ACTIVE_STATUSES = ["starting", "busy", "waiting", "retrying"] as const satisfies readonly SessionStatus[];

/** In these a session rests: no turn goes on. Of one that is `unreachable` nobody knows. */
export const RESTING_STATUSES = ["idle", "error", "ended"] as const satisfies readonly SessionStatus[];

/** Whether a session in that status is active. */
export function isActive(status: SessionStatus): boolean {
  return (ACTIVE_STATUSES as readonly SessionStatus[]).includes(status);
}

/** Whether a session in that status rests. */
export function isAtRest(status: SessionStatus): boolean {
  return (RESTING_STATUSES as readonly SessionStatus[]).includes(status);
}

/** What can be wrong with a session that its status does not say. */
export const HEALTH_MARKS = ["stuck", "looping"] as const;
export const HealthMark = v.object({
  mark: v.picklist(HEALTH_MARKS),
  since: v.pipe(Time, v.description("of one that is stuck, since when nothing moved")),
  reason: v.pipe(v.string(), v.description("what is known of it, in one line")),
});
export type HealthMark = v.InferOutput<typeof HealthMark>;

export const SessionView = v.object({
  id: v.string(),
  node_id: v.string(),
  node: v.string(),
  project: v.string(),
  title: v.string(),
  status: SessionStatus,
  reason: v.pipe(v.string(), v.description("why the status is what it is, in one line")),
  problem: Problem,
  model: v.pipe(v.nullable(v.string()), v.description("`provider/model` of the last turn; null before the first")),
  agent: v.nullable(v.string()),
  parent_id: v.nullable(v.string()),
  continues: v.optional(
    v.pipe(v.nullable(v.string()), v.description("the session that it goes on from, after a restart; null of most")),
    null,
  ),
  continued_by: v.optional(
    v.pipe(v.nullable(v.string()), v.description("the session that goes on from it, after a restart")),
    null,
  ),
  tokens: v.pipe(Figure, v.description("all tokens of this session, cached ones included")),
  tokens_detail: TokenUsage,
  cost: v.pipe(Figure, v.description("dollars, opencode's own figure for this session alone")),
  tree_cost: v.pipe(Figure, v.description("dollars, with its child sessions")),
  compactions: Figure,
  health: v.optional(
    v.pipe(
      v.array(HealthMark),
      v.description(
        "marks beside the status: `stuck` (busy, and nothing moves in it or in what it started), `looping` (the same call, or an error, again and again)",
      ),
    ),
    [],
  ),
  context: v.optional(
    v.pipe(
      v.nullable(v.object({ tokens: Figure, limit: v.nullable(Figure), percent: v.nullable(Figure) })),
      v.description(
        "how much of its model's context the newest answer took; null where that is not known, also just after a compaction",
      ),
    ),
    null,
  ),
  task: v.optional(
    v.pipe(
      v.nullable(v.object({ text: v.string(), written_at: v.nullable(Time) })),
      v.description("the first lines of `.context/CURRENT_TASK.md` in its directory; null where there is none"),
    ),
    null,
  ),
  external: v.boolean(),
  ...SESSION_PLACE,
  started_at: Time,
  last_activity: Time,
  asked: v.optional(
    v.pipe(
      v.array(v.object({ command_id: v.string(), type: v.string(), actor: v.string(), at: Time })),
      v.description("what is to stop it and is not done yet: it waits until it is done or cancelled"),
    ),
    [],
  ),
  pending: v.optional(
    v.pipe(
      v.array(
        v.object({
          prompt_id: v.string(),
          delivery: v.picklist(["queue", "steer"]),
          actor: v.string(),
          at: Time,
          held: v.pipe(v.boolean(), v.description("it waits behind a turn that was stopped or failed")),
        }),
      ),
      v.description("prompts that wait, the next one first"),
    ),
    [],
  ),
  stalled: v.optional(
    v.pipe(
      v.array(v.object({ command_id: v.string(), reason: v.string(), since: Time })),
      v.description("prompts that were sent and with which no turn was seen to begin for too long"),
    ),
    [],
  ),
});
export type SessionView = v.InferOutput<typeof SessionView>;

export const MessageView = v.object({
  id: v.string(),
  session_id: v.string(),
  parent_id: v.nullable(v.string()),
  role: v.picklist(["user", "assistant"]),
  state: v.picklist(["complete", "error", "aborted", "interrupted"]),
  model: v.nullable(v.string()),
  text: v.string(),
  problem: Problem,
  cut: v.boolean(),
  tools: v.array(v.object({ tool: v.string(), title: v.string(), status: v.string() })),
  error: v.nullable(v.object({ name: v.string(), message: v.string() })),
  structured: v.optional(
    v.pipe(v.nullable(Opaque), v.description("the answer, where one of a shape was asked for")),
    null,
  ),
  tokens: Figure,
  cost: Figure,
  finish: v.nullable(v.string()),
  undone: v.optional(
    v.pipe(
      v.nullable(v.object({ extent: v.picklist(["whole", "part"]), removed: v.boolean() })),
      v.description(
        "somebody took it, or a part of it, out of the conversation, and the model is not told of it any more: `removed` for good, or undone and to be brought back; what it cost was paid",
      ),
    ),
    null,
  ),
  created_at: Time,
  completed_at: v.nullable(Time),
});
export type MessageView = v.InferOutput<typeof MessageView>;

/** The command that was made, and the session once it is known. */
export const CommandReply = v.object({
  command: CommandView,
  session_id: v.nullable(v.string()),
  message_id: v.pipe(
    v.nullable(v.string()),
    v.description("the user message that the prompt became; answers name it as their parent"),
  ),
});
export type CommandReply = v.InferOutput<typeof CommandReply>;

export const sessionsList = operation({
  name: "sessions.list",
  summary: "Sessions, newest activity first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions",
  input: v.object({
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
    status: v.optional(
      v.pipe(
        v.union([
          SessionStatus,
          // an older name
          v.pipe(
            v.literal("running"),
            v.transform((): SessionStatus => "busy"),
          ),
        ]),
        v.description("only in this status"),
      ),
    ),
    health: v.optional(v.pipe(v.picklist(HEALTH_MARKS), v.description("only with this mark beside the status"))),
    node_id: v.optional(OnNode),
    roots: v.optional(v.pipe(SwitchText, v.description("without child sessions")), false),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(SessionView),
});

export const sessionsGet = operation({
  name: "sessions.get",
  summary: "One session",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}",
  words: ["ref"],
  input: v.object({
    ref: SessionRef,
    for: v.optional(
      v.pipe(
        v.picklist(["kill", "restart"]),
        v.description(
          "what is to be done to it: where the reference does not suffice for that, it is refused in the same way",
        ),
      ),
    ),
  }),
  output: SessionView,
});

export const sessionsMessages = operation({
  name: "sessions.messages",
  summary: "The conversation of a session, oldest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}/messages",
  words: ["ref"],
  input: v.object({ ref: SessionRef, limit: Limit }),
  output: v.array(MessageView),
});
