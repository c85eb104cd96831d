import type { EventData } from "@hal/protocol";
import { headOf } from "@hal/protocol/text";
import type { PermissionRequest, QuestionRequest, SourceRequest } from "../../../domain/source-fact.ts";

/** What is told of something that waits for a person. */
export function askedData(request: SourceRequest, at: number): EventData<"interaction.asked"> {
  return request.kind === "permission" ? askedPermission(request, at) : askedQuestion(request, at);
}

/** More of a command line is nothing that a person reads. */
const COMMAND_CHARS = 20_000;

function askedPermission(
  { id, kind, permission, patterns, command, always }: PermissionRequest,
  at: number,
): EventData<"interaction.asked"> {
  const what = patterns.join(", ");
  return {
    interactionId: id,
    kind,
    summary: `${permission}: ${what === "" ? "(no pattern)" : what}`.slice(0, 500),
    permission,
    patterns,
    ...(command === undefined ? {} : { command: shown(command) }),
    always,
    questions: [],
    askedAt: at,
  };
}

function shown(command: string): string {
  return command.length > COMMAND_CHARS ? `${headOf(command, COMMAND_CHARS)}…` : command;
}

function askedQuestion({ id, kind, questions }: QuestionRequest, at: number): EventData<"interaction.asked"> {
  return {
    interactionId: id,
    kind,
    summary: questions
      .map(({ question }) => question)
      .join(" / ")
      .slice(0, 500),
    patterns: [],
    always: [],
    questions,
    askedAt: at,
  };
}
