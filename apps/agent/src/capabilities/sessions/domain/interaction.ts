import type { EventData } from "@hal/protocol";
import * as v from "valibot";

/** The message that asks; absent where opencode itself does. */
const AskedBy = v.optional(v.object({ messageID: v.string() }));

/** A permission request as opencode sends and lists it. */
export const PermissionRequest = v.object({
  id: v.string(),
  sessionID: v.string(),
  permission: v.string(),
  patterns: v.optional(v.array(v.string()), []),
  always: v.optional(v.array(v.string()), []),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
  tool: AskedBy,
});
export type PermissionRequest = v.InferOutput<typeof PermissionRequest>;

/** A question as opencode sends and lists it. */
export const QuestionRequest = v.object({
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
});
export type QuestionRequest = v.InferOutput<typeof QuestionRequest>;

/** What is told of a permission request. */
export function askedPermission(request: PermissionRequest, at: number): EventData<"interaction.asked"> {
  const what = request.patterns.join(", ");
  return {
    interactionId: request.id,
    kind: "permission",
    summary: `${request.permission}: ${what === "" ? "(no pattern)" : what}`.slice(0, 500),
    permission: request.permission,
    patterns: request.patterns,
    always: request.always,
    questions: [],
    askedAt: at,
  };
}

/** What is told of a question. */
export function askedQuestion(request: QuestionRequest, at: number): EventData<"interaction.asked"> {
  return {
    interactionId: request.id,
    kind: "question",
    summary: request.questions
      .map(({ question }) => question)
      .join(" / ")
      .slice(0, 500),
    patterns: [],
    always: [],
    questions: request.questions,
    askedAt: at,
  };
}
