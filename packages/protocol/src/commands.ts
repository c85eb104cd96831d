import * as v from "valibot";
import { OpencodeReport } from "./frames/shared.ts";
import { InteractionId, SessionId } from "./ids.ts";

const Prompt = v.pipe(v.string(), v.minLength(1, "an empty prompt"));
const ModelRef = v.pipe(v.string(), v.regex(/^[^/\s]+\/\S+$/, "a model is written provider/model"));

/** A login of opencode: whose, and where it is from. A variable is called by its name. */
const Credential = v.object({
  provider: v.string(),
  kind: v.picklist(["api", "oauth", "wellknown", "variable", "config"]),
});
export type Credential = v.InferOutput<typeof Credential>;

/** What a session means to do. */
export const Todo = v.object({ content: v.string(), status: v.string(), priority: v.optional(v.string(), "") });
export type Todo = v.InferOutput<typeof Todo>;

/** What a session changed in a file. */
export const FileChange = v.object({
  file: v.string(),
  status: v.picklist(["added", "deleted", "modified"]),
  additions: v.number(),
  deletions: v.number(),
  patch: v.pipe(v.nullable(v.string()), v.description("unified diff; null where there is none, or no room for it")),
});
export type FileChange = v.InferOutput<typeof FileChange>;

/** Which question or request is answered. */
const ASKED = { interactionId: InteractionId, sessionId: SessionId };

/** What a node can be asked to do: arguments and output of each command type. */
export const COMMANDS = {
  "session.start": {
    args: v.object({
      project: v.string(),
      prompt: v.optional(Prompt),
      title: v.optional(v.string()),
      model: v.optional(ModelRef),
      agent: v.optional(v.string()),
    }),
    output: v.object({ sessionId: SessionId, messageId: v.optional(v.string()) }),
  },
  "session.prompt": {
    args: v.object({
      sessionId: SessionId,
      text: Prompt,
      model: v.optional(ModelRef),
      agent: v.optional(v.string()),
    }),
    output: v.object({ sessionId: SessionId, messageId: v.string() }),
  },
  "session.abort": {
    args: v.object({ sessionId: SessionId }),
    output: v.object({ sessionId: SessionId }),
  },
  "session.kill": {
    args: v.object({ sessionId: SessionId }),
    output: v.object({ sessionId: SessionId, ended: v.array(SessionId) }),
  },
  "session.todo": {
    args: v.object({ sessionId: SessionId }),
    output: v.object({ todos: v.array(Todo) }),
  },
  "session.diff": {
    /** `messageIds`: the prompts of which it is asked what came of each in the files, oldest first */
    args: v.object({ sessionId: SessionId, messageIds: v.array(v.string()) }),
    output: v.object({ files: v.array(FileChange), cut: v.boolean() }),
  },
  "interaction.answer": {
    args: v.variant("kind", [
      v.object({
        ...ASKED,
        kind: v.literal("permission"),
        reply: v.picklist(["once", "always", "reject"]),
        /** the reason of a denial, which the model reads */
        message: v.optional(v.string()),
      }),
      v.variant("reply", [
        v.object({ ...ASKED, kind: v.literal("question"), reply: v.literal("reject") }),
        v.object({
          ...ASKED,
          kind: v.literal("question"),
          reply: v.literal("answer"),
          answers: v.array(v.array(v.string())),
        }),
      ]),
    ]),
    output: v.object({ interactionId: InteractionId }),
  },
  "node.status": {
    args: v.object({}),
    output: v.object({
      opencode: OpencodeReport,
      /** how many sessions the agent has told of, by the status it told last */
      told: v.record(v.string(), v.number()),
      /** what opencode itself says of the sessions that are not idle */
      working: v.record(v.string(), v.unknown()),
      /** directories that opencode fails at: what is at work there is not known */
      failing: v.optional(v.array(v.object({ directory: v.string(), reason: v.string() })), []),
      /** what opencode may ask providers with: the kind of each login, never the login itself */
      credentials: v.optional(v.array(Credential), []),
    }),
  },
} as const;

export type CommandType = keyof typeof COMMANDS;
export type CommandArgs<T extends CommandType> = v.InferOutput<(typeof COMMANDS)[T]["args"]>;
export type CommandOutput<T extends CommandType> = v.InferOutput<(typeof COMMANDS)[T]["output"]>;
export const COMMAND_TYPES = Object.keys(COMMANDS) as readonly CommandType[];

export function isCommandType(type: string): type is CommandType {
  return Object.hasOwn(COMMANDS, type);
}

/** Where a command is in its life. Protocol §5.1. */
export const COMMAND_STATES = ["queued", "sent", "running", "succeeded", "failed", "cancelled", "expired"] as const;
export const CommandState = v.picklist(COMMAND_STATES);
export type CommandState = v.InferOutput<typeof CommandState>;

/** Whether a command in this state has its one outcome. */
export function isFinal(state: CommandState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled" || state === "expired";
}
