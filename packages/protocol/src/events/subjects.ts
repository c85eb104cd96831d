import * as v from "valibot";
import { CommandId, InteractionId, SessionId, Timestamp } from "../ids.ts";
import { ErrorBody } from "../errors.ts";
import { TokenUsage } from "../tokens.ts";

const MicroUsd = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Text = v.string();

/** `provider/model`, as opencode names it. */
const Model = v.nullable(v.string());

/** What a session is, whenever opencode tells: totals are opencode's own running sums. */
const SessionFacts = v.object({
  title: v.string(),
  /** absent where nothing was chosen yet */
  model: v.optional(Model),
  agent: v.optional(v.string()),
  parentId: v.optional(SessionId),
  costMicroUsd: v.optional(MicroUsd, 0),
  tokens: v.optional(TokenUsage),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** true where somebody started it in opencode directly, not through HAL */
  external: v.optional(v.boolean(), false),
});

const Question = v.object({
  question: v.string(),
  header: v.optional(v.string(), ""),
  options: v.optional(v.array(v.object({ label: v.string(), description: v.optional(v.string(), "") })), []),
  multiple: v.optional(v.boolean(), false),
});

/** The payload of each event, by its type. Types that are not here travel opaque (protocol §4.7). */
export const EVENT_DATA = {
  "session.started": SessionFacts,
  "session.updated": SessionFacts,
  "session.busy": v.object({}),
  "session.idle": v.object({
    /** the turn did not finish: somebody stopped it */
    aborted: v.optional(v.boolean()),
  }),
  "session.waiting": v.object({ interactionId: InteractionId }),
  "session.retrying": v.object({ attempt: v.number(), message: Text, nextAt: v.optional(Timestamp) }),
  "session.error": v.object({ name: v.string(), message: Text }),
  "session.compacted": v.object({}),
  "session.ended": v.object({ reason: v.picklist(["killed", "archived", "deleted"]) }),
  /** One message of the conversation; a later event with the same `messageId` replaces it. */
  "session.message": v.object({
    messageId: v.string(),
    parentId: v.optional(v.string()),
    role: v.picklist(["user", "assistant"]),
    state: v.picklist(["complete", "error", "aborted", "interrupted"]),
    model: v.optional(Model),
    text: Text,
    /** the text was longer than an event may be and is cut */
    cut: v.optional(v.boolean(), false),
    tools: v.optional(
      v.array(v.object({ tool: v.string(), title: v.optional(v.string(), ""), status: v.string() })),
      [],
    ),
    error: v.optional(v.object({ name: v.string(), message: Text })),
    costMicroUsd: v.optional(MicroUsd, 0),
    tokens: v.optional(TokenUsage),
    /** opencode's finish reason, such as `stop` or `tool-calls` */
    finish: v.optional(v.string()),
    createdAt: Timestamp,
    completedAt: v.optional(Timestamp),
    /** a fork's copy: counted by the session it came from, not again */
    copied: v.optional(v.boolean(), false),
  }),
  "session.todo": v.object({
    todos: v.array(v.object({ content: Text, status: v.string(), priority: v.optional(v.string(), "") })),
  }),
  "tool.execute.after": v.object({
    messageId: v.string(),
    callId: v.string(),
    tool: v.string(),
    status: v.picklist(["completed", "error"]),
    title: v.optional(v.string(), ""),
    input: v.optional(v.unknown()),
    output: v.optional(Text, ""),
    cut: v.optional(v.boolean(), false),
    durationMs: v.optional(v.number()),
  }),
  "interaction.asked": v.object({
    interactionId: InteractionId,
    kind: v.picklist(["permission", "question"]),
    /** one line that a person can decide on */
    summary: Text,
    permission: v.optional(v.string()),
    patterns: v.optional(v.array(v.string()), []),
    /** what "always" would allow from then on */
    always: v.optional(v.array(v.string()), []),
    questions: v.optional(v.array(Question), []),
    askedAt: Timestamp,
  }),
  "interaction.answered": v.object({
    interactionId: InteractionId,
    reply: v.picklist(["once", "always", "reject", "answer"]),
    answers: v.optional(v.array(v.array(v.string())), []),
    /** the command that carried the answer; absent where it was given in opencode itself */
    commandId: v.optional(CommandId),
  }),
  "interaction.expired": v.object({ interactionId: InteractionId, reason: Text }),
  "command.running": v.object({ commandId: CommandId }),
  "command.succeeded": v.object({ commandId: CommandId, output: v.optional(v.unknown()) }),
  "command.failed": v.object({ commandId: CommandId, error: ErrorBody }),
  "command.cancelled": v.object({ commandId: CommandId }),
  "command.queued": v.object({ commandId: CommandId, type: v.string() }),
  "command.expired": v.object({ commandId: CommandId }),
  "node.online": v.object({ hostname: v.string() }),
  "node.offline": v.object({ reason: Text }),
  "opencode.up": v.object({ version: v.string(), pid: v.optional(v.number()) }),
  "opencode.down": v.object({ reason: Text }),
  /** It had grown beyond its limit while it was idle, and was replaced by a new one. */
  "opencode.recycled": v.object({ rssBytes: v.number(), limitBytes: v.number() }),
  "projects.changed": v.object({
    projects: v.array(
      v.object({ name: v.string(), directory: v.string(), state: v.string(), reason: v.optional(v.string()) }),
    ),
  }),
  /** A run of events that could not be kept or cannot be known. */
  gap: v.object({
    from: v.optional(v.number()),
    to: v.optional(v.number()),
    count: v.optional(v.number()),
    reason: v.string(),
  }),
  "event.invalid": v.object({ raw: v.string(), problem: v.string() }),
} as const;

export type EventType = keyof typeof EVENT_DATA;
export type EventData<T extends EventType> = v.InferOutput<(typeof EVENT_DATA)[T]>;
export const EVENT_TYPES = Object.keys(EVENT_DATA) as readonly EventType[];
