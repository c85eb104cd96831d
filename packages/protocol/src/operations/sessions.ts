import * as v from "valibot";
import { TokenUsage } from "../tokens.ts";
import { CommandView } from "./commands.ts";
import { DeadlineMs, Limit, SessionRef, Time, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";

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

export const SessionView = v.object({
  id: v.string(),
  node_id: v.string(),
  node: v.string(),
  project: v.string(),
  title: v.string(),
  status: SessionStatus,
  /** why the status is what it is, in one line */
  reason: v.string(),
  /** `provider/model` of the last turn; null before the first */
  model: v.nullable(v.string()),
  agent: v.nullable(v.string()),
  parent_id: v.nullable(v.string()),
  /** all tokens of this session, cached ones included */
  tokens: v.number(),
  tokens_detail: TokenUsage,
  /** dollars, opencode's own figure for this session alone */
  cost: v.number(),
  /** dollars, with its child sessions */
  tree_cost: v.number(),
  compactions: v.number(),
  external: v.boolean(),
  started_at: Time,
  last_activity: Time,
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
  cut: v.boolean(),
  tools: v.array(v.object({ tool: v.string(), title: v.string(), status: v.string() })),
  error: v.nullable(v.object({ name: v.string(), message: v.string() })),
  tokens: v.number(),
  cost: v.number(),
  finish: v.nullable(v.string()),
  created_at: Time,
  completed_at: v.nullable(Time),
});
export type MessageView = v.InferOutput<typeof MessageView>;

/** The command that was made, and the session once it is known. */
export const CommandReply = v.object({
  command: CommandView,
  session_id: v.nullable(v.string()),
  /** the user message that the prompt became; answers name it as their parent */
  message_id: v.nullable(v.string()),
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
    project: v.optional(v.string()),
    status: v.optional(SessionStatus),
    node_id: v.optional(v.string()),
    /** root sessions only */
    roots: v.optional(
      v.union([
        v.boolean(),
        v.pipe(
          v.picklist(["true", "false"]),
          v.transform((t) => t === "true"),
        ),
      ]),
      false,
    ),
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
  input: v.object({ ref: SessionRef }),
  output: SessionView,
});

export const sessionsMessages = operation({
  name: "sessions.messages",
  summary: "The conversation of a session, oldest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}/messages",
  input: v.object({ ref: SessionRef, limit: Limit }),
  output: v.array(MessageView),
});

export const sessionsStart = operation({
  name: "sessions.start",
  summary: "Start a session in a project, with a first prompt if there is one",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions",
  input: v.object({
    /** a project name, or node/project where several nodes have it */
    project: v.pipe(v.string(), v.minLength(1, "say in which project")),
    node: v.optional(v.string()),
    prompt: v.optional(v.pipe(v.string(), v.minLength(1, "an empty prompt"))),
    title: v.optional(v.string()),
    model: v.optional(v.pipe(v.string(), v.regex(/^[^/\s]+\/\S+$/, "a model is written provider/model"))),
    agent: v.optional(v.string()),
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "project", plain: ["node", "model", "agent", "wait_ms", "deadline_ms"] },
});

export const sessionsPrompt = operation({
  name: "sessions.prompt",
  summary: "Send a prompt to a session; while it is busy the prompt waits its turn",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/prompt",
  input: v.object({
    ref: SessionRef,
    text: v.pipe(v.string(), v.minLength(1, "an empty prompt")),
    model: v.optional(v.pipe(v.string(), v.regex(/^[^/\s]+\/\S+$/, "a model is written provider/model"))),
    agent: v.optional(v.string()),
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "ref", plain: ["model", "agent", "wait_ms", "deadline_ms"] },
});

export const sessionsAbort = operation({
  name: "sessions.abort",
  summary: "Stop what a session is doing; it stays and takes prompts",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/abort",
  input: v.object({ ref: SessionRef, wait_ms: WaitMs, deadline_ms: DeadlineMs }),
  output: CommandReply,
  audited: { target: "ref", plain: ["wait_ms", "deadline_ms"] },
});

export const sessionsKill = operation({
  name: "sessions.kill",
  summary: "Stop a session and its children for good; the history stays",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/kill",
  input: v.object({ ref: SessionRef, wait_ms: WaitMs, deadline_ms: DeadlineMs }),
  output: CommandReply,
  audited: { target: "ref", plain: ["wait_ms", "deadline_ms"] },
});
