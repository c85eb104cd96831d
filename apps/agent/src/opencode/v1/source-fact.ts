import * as v from "valibot";
import { type SourceFact, sourceError, NAMELESS_ERROR } from "../../domain/source-fact.ts";
import { Failure, Message } from "./shapes/message.ts";
import { Part } from "./shapes/part.ts";
import { Permission, Question } from "./shapes/request.ts";
import { Status } from "./shapes/status.ts";
import { sourceRow } from "./source-row.ts";

/** One event of opencode's global stream. */
export interface OpencodeEvent {
  readonly type: string;
  readonly properties: unknown;
  /** the durable row, for events of type `sync` */
  readonly syncEvent?: unknown;
}

const BEAT = { kind: "beat" } as const;

const Of = { sessionID: v.string() };
const StatusOf = v.object({ ...Of, status: Status });
const FailureOf = v.object({ ...Of, error: v.optional(Failure) });
const Deleted = v.object(Of);
const Todos = v.object({
  ...Of,
  todos: v.array(v.object({ content: v.string(), status: v.string(), priority: v.optional(v.string(), "") })),
});
const Replied = v.object({
  ...Of,
  requestID: v.string(),
  reply: v.optional(v.picklist(["once", "always", "reject"])),
  answers: v.optional(v.array(v.array(v.string())), []),
});
const MessageOf = v.object({ ...Of, info: Message });
const PartOf = v.object({ ...Of, part: Part });
const Delta = v.object({
  ...Of,
  messageID: v.string(),
  partID: v.string(),
  // the text of reasoning, too
  field: v.literal("text"),
  delta: v.string(),
});

/** What an event says; that opencode lives, where this agent does not know it. */
export function sourceFact({ type, properties, syncEvent }: OpencodeEvent): SourceFact {
  switch (type) {
    case "server.connected":
      return { kind: "opened" };
    case "server.instance.disposed":
    case "global.disposed":
      return { kind: "forgot" };
    case "sync": {
      const row = sourceRow(syncEvent);
      return row === undefined ? BEAT : { kind: "row", row };
    }
    case "message.part.delta":
      return read(Delta, properties, ({ sessionID: sessionId, messageID: messageId, partID: partId, delta: text }) => ({
        kind: "delta",
        sessionId,
        messageId,
        partId,
        text,
      }));
    case "message.part.updated":
      return read(PartOf, properties, ({ sessionID: sessionId, part }) => ({ kind: "part", sessionId, part }));
    case "message.updated":
      return read(MessageOf, properties, ({ sessionID: sessionId, info: message }) => ({
        kind: "message",
        sessionId,
        message,
      }));
    case "session.status":
      return read(StatusOf, properties, ({ sessionID: sessionId, status }) => ({ kind: "status", sessionId, status }));
    case "session.error":
      return read(FailureOf, properties, ({ sessionID: sessionId, error = UNKNOWN }) => ({
        kind: "failed",
        sessionId,
        error,
      }));
    case "session.deleted":
      return read(Deleted, properties, ({ sessionID: sessionId }) => ({ kind: "deleted", sessionId }));
    case "todo.updated":
      return read(Todos, properties, ({ sessionID: sessionId, todos }) => ({ kind: "todos", sessionId, todos }));
    default:
      return requestFact(type, properties);
  }
}

const UNKNOWN = sourceError(NAMELESS_ERROR, undefined);

function requestFact(type: string, properties: unknown): SourceFact {
  switch (type) {
    case "permission.asked":
      return read(Permission, properties, (request) => ({ kind: "asked", request }));
    case "question.asked":
      return read(Question, properties, (request) => ({ kind: "asked", request }));
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return read(Replied, properties, ({ sessionID: sessionId, requestID: requestId, reply, answers }) => ({
        kind: "answered",
        sessionId,
        requestId,
        reply: type === "question.rejected" ? "reject" : (reply ?? "answer"),
        answers,
      }));
    default:
      return BEAT;
  }
}

function read<S extends v.GenericSchema>(
  schema: S,
  properties: unknown,
  use: (value: v.InferOutput<S>) => SourceFact,
): SourceFact {
  const parsed = v.safeParse(schema, properties);
  return parsed.success ? use(parsed.output) : BEAT;
}
