import * as v from "valibot";
import type { OpencodeEvent } from "../../back-end.ts";
import type { Context } from "../../context.ts";
import { askedPermission, askedQuestion, PermissionRequest, QuestionRequest } from "./domain/interaction.ts";
import type { SessionTeller } from "./domain/session-teller.ts";
import { OpencodeError, parseSyncRow } from "./domain/messages/sync-row.ts";

const Status = v.object({
  sessionID: v.string(),
  status: v.variant("type", [
    v.object({ type: v.literal("busy") }),
    v.object({ type: v.literal("idle") }),
    v.object({
      type: v.literal("retry"),
      attempt: v.optional(v.number(), 0),
      message: v.optional(v.string(), ""),
      next: v.optional(v.number()),
    }),
  ]),
});
const Failure = v.object({ sessionID: v.string(), error: v.optional(OpencodeError) });
const Replied = v.object({
  sessionID: v.string(),
  requestID: v.string(),
  reply: v.optional(v.picklist(["once", "always", "reject"])),
  answers: v.optional(v.array(v.array(v.string())), []),
});
const OfSession = v.object({ sessionID: v.string() });
const Todos = v.object({
  sessionID: v.string(),
  todos: v.array(v.object({ content: v.string(), status: v.string(), priority: v.optional(v.string(), "") })),
});

/** Whether rows are missing before this event: then history must be asked. */
export type Applied = "applied" | "hole";

/** Hands one live event of opencode to the teller of its session. Unknown types say nothing. */
export function applyOpencodeEvent(context: Context, event: OpencodeEvent): Applied {
  const now = context.clock.now();
  switch (event.type) {
    case "sync":
      return applyRow(context, event.syncEvent);
    case "session.status":
      within(Status, event, ({ sessionID, status }) =>
        managed(context, sessionID)?.doing(status, now, context.durable.problem === undefined),
      );
      break;
    case "session.error":
      within(Failure, event, ({ sessionID, error }) =>
        managed(context, sessionID)?.failed(error ?? { name: "UnknownError" }, now),
      );
      break;
    case "session.deleted":
      within(OfSession, event, ({ sessionID }) => managed(context, sessionID)?.ended("deleted", now));
      break;
    case "todo.updated":
      within(Todos, event, ({ sessionID, todos }) => managed(context, sessionID)?.todo(todos, now));
      break;
    case "permission.asked":
      within(PermissionRequest, event, (request) =>
        managed(context, request.sessionID)?.asked(askedPermission(request, now), now, request.tool?.messageID),
      );
      break;
    case "question.asked":
      within(QuestionRequest, event, (request) =>
        managed(context, request.sessionID)?.asked(askedQuestion(request, now), now, request.tool?.messageID),
      );
      break;
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      within(Replied, event, (replied) => applyReply(context, event.type, replied, now));
      break;
    default:
      break;
  }
  return "applied";
}

function applyRow(context: Context, value: unknown): Applied {
  const row = parseSyncRow(value);
  if (row === undefined) return "applied";
  const teller = context.book.open(row.sessionId);
  if (teller.lacksBefore(row)) return "hole";
  teller.row(row, context.clock.now());
  return "applied";
}

function applyReply(
  context: Context,
  type: string,
  { sessionID, requestID, reply, answers }: v.InferOutput<typeof Replied>,
  at: number,
): void {
  const given = type === "question.rejected" ? "reject" : (reply ?? "answer");
  const commandId = context.answering.get(requestID);
  managed(context, sessionID)?.answered(
    { interactionId: requestID, reply: given, answers, ...(commandId === undefined ? {} : { commandId }) },
    at,
  );
}

function managed(context: Context, sessionId: string): SessionTeller | undefined {
  return context.book.get(sessionId)?.managed === true ? context.book.open(sessionId) : undefined;
}

function within<S extends v.GenericSchema>(
  schema: S,
  event: OpencodeEvent,
  use: (value: v.InferOutput<S>) => void,
): void {
  const parsed = v.safeParse(schema, event.properties);
  if (parsed.success) use(parsed.output);
}
