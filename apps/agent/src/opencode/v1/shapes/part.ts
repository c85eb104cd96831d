import * as v from "valibot";
import type { SourcePart, ToolPart } from "../../../domain/source-fact.ts";
import { Time } from "./bounds.ts";

/** Windows has codes above what others have. */
const ExitCode = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));

const State = v.object({
  status: v.string(),
  title: v.optional(v.string()),
  input: v.optional(v.unknown()),
  output: v.optional(v.string()),
  error: v.optional(v.string()),
  /** of a command that has ended */
  metadata: v.fallback(v.optional(v.object({ exit: v.fallback(v.optional(ExitCode), undefined) })), undefined),
  time: v.optional(v.object({ start: v.optional(Time), end: v.optional(Time) })),
});

const Shape = v.object({
  id: v.string(),
  messageID: v.string(),
  type: v.string(),
  text: v.optional(v.string(), ""),
  synthetic: v.optional(v.boolean(), false),
  ignored: v.optional(v.boolean(), false),
  tool: v.optional(v.string(), "?"),
  callID: v.optional(v.string()),
  time: v.optional(v.object({ end: v.optional(Time) })),
  state: v.optional(State),
});
type Shape = v.InferOutput<typeof Shape>;

/** A part of a message as opencode tells it. */
export const Part = v.pipe(
  Shape,
  v.transform((part): SourcePart => {
    const { id, messageID: messageId, type } = part;
    switch (type) {
      case "text":
      case "reasoning":
        return {
          kind: type,
          id,
          messageId,
          text: part.text,
          isSaid: !part.synthetic && !part.ignored,
          isWhole: part.time?.end !== undefined,
        };
      case "tool":
        return toolPart(part);
      default:
        return { kind: "other", id, messageId };
    }
  }),
);

function toolPart({ id, messageID, callID, tool, state }: Shape): ToolPart {
  return {
    kind: "tool",
    id,
    messageId: messageID,
    callId: callID ?? id,
    tool,
    status: state?.status,
    title: state?.title,
    about: aboutOf(state?.input),
    input: state?.input,
    output: state?.output ?? state?.error ?? "",
    exitCode: state?.metadata?.exit,
    isDenied: state?.status === "error" && DENIED.test(state.error ?? ""),
    startedAt: state?.time?.start,
    endedAt: state?.time?.end,
  };
}

/** What opencode says of a tool where a person's denial ends the turn; with a word to the model it goes on. */
const DENIED = /^The user (rejected permission to use this specific tool call\.$|dismissed this question)/;

/** What a tool is about, by what it was given. */
function aboutOf(input: unknown): string {
  const fields = (typeof input === "object" && input !== null ? input : {}) as Readonly<Record<string, unknown>>;
  const named = ["command", "filePath", "pattern", "url", "query", "description"].map((name) => fields[name]);
  return named.find((value) => typeof value === "string") ?? "";
}
