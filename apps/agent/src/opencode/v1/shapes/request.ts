import * as v from "valibot";
import type { PermissionRequest, QuestionRequest } from "../../../domain/source-fact.ts";

/** The message that asks; absent where opencode itself does. */
const AskedBy = v.optional(v.object({ messageID: v.string() }));

/** A permission request as opencode sends and lists it. */
export const Permission = v.pipe(
  v.object({
    id: v.string(),
    sessionID: v.string(),
    permission: v.string(),
    patterns: v.optional(v.array(v.string()), []),
    always: v.optional(v.array(v.string()), []),
    metadata: v.fallback(v.optional(v.object({ command: v.optional(v.string()) })), undefined),
    tool: AskedBy,
  }),
  v.transform(({ id, sessionID, permission, patterns, always, metadata, tool }): PermissionRequest => ({
    kind: "permission",
    id,
    sessionId: sessionID,
    askedBy: tool?.messageID,
    permission,
    patterns,
    command: metadata?.command,
    always,
  })),
);

/** A question as opencode sends and lists it. */
export const Question = v.pipe(
  v.object({
    id: v.string(),
    sessionID: v.string(),
    questions: v.array(
      v.object({
        question: v.string(),
        header: v.optional(v.string(), ""),
        options: v.optional(v.array(v.object({ label: v.string(), description: v.optional(v.string(), "") })), []),
        multiple: v.optional(v.boolean(), false),
      }),
    ),
    tool: AskedBy,
  }),
  v.transform(({ id, sessionID, questions, tool }): QuestionRequest => ({
    kind: "question",
    id,
    sessionId: sessionID,
    askedBy: tool?.messageID,
    questions,
  })),
);
