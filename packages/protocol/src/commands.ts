import * as v from "valibot";
import { Count, Figure, list, LongText, Opaque, Path, table, Word } from "./bounds.ts";
import { OpencodeReport } from "./frames/node-reports.ts";
import { CommandId, InteractionId, SessionId } from "./ids.ts";

const Prompt = v.pipe(LongText, v.minLength(1, "an empty prompt"));
const ModelRef = v.pipe(Word, v.regex(/^[^/\s]+\/\S+$/, "a model is written provider/model"));

/** The shape that an answer is to have, as JSON Schema. */
export const AnswerFormat = v.object({
  type: v.literal("json_schema"),
  schema: table(Opaque),
});
export type AnswerFormat = v.InferOutput<typeof AnswerFormat>;

/** How long a command may take on which a start depends. */
export const LONGEST_PRECONDITION_MS = 600_000;

/** What a model may take beside text. */
export const FILE_KINDS = ["image", "pdf", "audio", "video"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** So many files go with a prompt at most. */
export const MOST_FILES = 10;

const FILE = {
  name: v.pipe(Word, v.minLength(1)),
  data: v.pipe(LongText, v.regex(/^[A-Za-z0-9+/]*={0,2}$/, "a file is written in base64")),
};
export const MimeType = v.pipe(Word, v.regex(/^[\w.+-]+\/[\w.+-]+$/, "a type is written as image/png"));

/** A file that goes with a prompt. */
const PromptFile = v.object({ ...FILE, mimeType: MimeType });
export type PromptFile = v.InferOutput<typeof PromptFile>;
/** The same as programs give it. */
export const GivenFile = v.object({ ...FILE, mime_type: MimeType });

/** A command line, and how long it may take. */
const Precondition = v.object({ command: LongText, timeoutMs: v.pipe(Count, v.maxValue(LONGEST_PRECONDITION_MS)) });

/** A login of opencode: whose, and where it is from. A variable is called by its name. */
const Credential = v.object({
  provider: Word,
  kind: v.picklist(["api", "oauth", "wellknown", "variable", "config"]),
});
export type Credential = v.InferOutput<typeof Credential>;

/** What a session means to do. */
export const Todo = v.object({ content: LongText, status: Word, priority: v.optional(Word, "") });
export type Todo = v.InferOutput<typeof Todo>;

/** What a session changed in a file. */
export const FileChange = v.object({
  file: Path,
  status: v.picklist(["added", "deleted", "modified"]),
  additions: Count,
  deletions: Count,
  patch: v.pipe(v.nullable(LongText), v.description("unified diff; null where there is none, or no room for it")),
});
export type FileChange = v.InferOutput<typeof FileChange>;

/** How long an agent may take to write down where it stands. */
export const DEFAULT_HANDOVER_MS = 60_000;
export const LONGEST_HANDOVER_MS = 3_600_000;

/** Which question or request is answered. */
const ASKED = { interactionId: InteractionId, sessionId: SessionId };

/**
 * What a node can be asked to do: arguments and output of each command type, and of one that stops something that it is
 * `standing`: it has no deadline, and is done before anything else (protocol §5.9). What begins work, or leads to it, is refused
 * where that is held (protocol §5.12).
 */
export const COMMANDS = {
  "session.start": {
    begins: true,
    args: v.object({
      project: Word,
      prompt: v.optional(Prompt),
      title: v.optional(LongText),
      model: v.optional(ModelRef),
      agent: v.optional(Word),
      format: v.optional(AnswerFormat),
      /** not where another root session of the project is active; an older agent begins it all the same */
      alone: v.optional(v.boolean()),
      /** what has to end well in the directory of the project before anything begins; only where its agent says `precondition` */
      precondition: v.optional(Precondition),
      /** whether model and agent are looked for before anything begins; only where its agent says `check` */
      verified: v.optional(v.boolean()),
      /** in a git worktree of its own; only where its agent says `worktree` in its features (protocol §5.19) */
      worktree: v.optional(v.boolean()),
    }),
    output: v.object({ sessionId: SessionId, messageId: v.optional(Word) }),
  },
  "session.prompt": {
    begins: true,
    args: v.object({
      sessionId: SessionId,
      text: Prompt,
      model: v.optional(ModelRef),
      agent: v.optional(Word),
      format: v.optional(AnswerFormat),
      /** `steer`: into the turn that runs; `queue`: given back where one runs; absent: as the back end takes it */
      delivery: v.optional(v.picklist(["queue", "steer"])),
      /** beside the text; only where its agent says `files` in its features (protocol §5.22) */
      files: v.optional(list(PromptFile, MOST_FILES)),
    }),
    output: v.object({ sessionId: SessionId, messageId: Word }),
  },
  /** What the model of a session takes beside text; only where its agent says `files`. */
  "session.takes": {
    args: v.object({ sessionId: SessionId, model: v.optional(ModelRef) }),
    /** `model`: absent where it is not known which one the session has, or what that takes */
    output: v.object({ model: v.optional(Word), takes: list(Word) }),
  },
  /** Ends a session and begins it anew, in one: the new one has its model, agent and title (protocol §5.15). */
  "session.restart": {
    begins: true,
    args: v.object({
      sessionId: SessionId,
      /** whether its agent is to write down first where it stands */
      handover: v.boolean(),
      /** how long that may take, from when the command begins */
      timeoutMs: v.optional(v.pipe(Count, v.maxValue(LONGEST_HANDOVER_MS)), DEFAULT_HANDOVER_MS),
      /** what the new one is told in place of going on from what was written down */
      prompt: v.optional(Prompt),
    }),
    output: v.object({
      /** the new one */
      sessionId: SessionId,
      continues: SessionId,
      messageId: v.optional(Word),
      ended: list(SessionId),
      /** `done`, `not_asked`, `timed_out`, `failed`, or `unwritten` where its turn came to its end and left the files as they were */
      handover: v.object({ state: Word, reason: LongText }),
    }),
  },
  "session.abort": {
    standing: true,
    args: v.object({ sessionId: SessionId }),
    output: v.object({ sessionId: SessionId }),
  },
  "session.kill": {
    standing: true,
    args: v.object({
      sessionId: SessionId,
      /** its history goes, too; only where its agent says `restart` in its features */
      purge: v.optional(v.boolean()),
    }),
    output: v.object({
      sessionId: SessionId,
      ended: list(SessionId),
      /** whose history is gone */
      purged: v.optional(list(SessionId)),
    }),
  },
  "session.todo": {
    args: v.object({ sessionId: SessionId }),
    output: v.object({ todos: list(Todo) }),
  },
  "session.diff": {
    /** `messageIds`: the prompts of which it is asked what came of each in the files, oldest first */
    args: v.object({ sessionId: SessionId, messageIds: list(Word) }),
    output: v.object({ files: list(FileChange), cut: v.boolean() }),
  },
  "interaction.answer": {
    args: v.variant("kind", [
      v.object({
        ...ASKED,
        kind: v.literal("permission"),
        reply: v.picklist(["once", "always", "reject"]),
        /** the reason of a denial, which the model reads */
        message: v.optional(LongText),
      }),
      v.variant("reply", [
        v.object({ ...ASKED, kind: v.literal("question"), reply: v.literal("reject") }),
        v.object({
          ...ASKED,
          kind: v.literal("question"),
          reply: v.literal("answer"),
          answers: list(list(LongText), 1_000),
        }),
      ]),
    ]),
    output: v.object({ interactionId: InteractionId }),
  },
  /** Whether a session can be begun in a project with a model and an agent; only where its agent says `check`. */
  "project.check": {
    args: v.object({ project: Word, model: v.optional(ModelRef), agent: v.optional(Word) }),
    /** what is not there, with what is; absent where all of it is */
    output: v.object({ problem: v.optional(LongText) }),
  },
  /** Stops whatever opencode says is at work, of one project or all, whether or not anybody knows of it. */
  "node.stop": {
    standing: true,
    args: v.object({ project: v.optional(Word) }),
    output: v.object({
      sessions: list(
        v.object({
          sessionId: SessionId,
          /** null where it is in no project of the node */
          project: v.nullable(Word),
          /** `working`: opencode says so although it was asked to stop; `unknown`: opencode did not say */
          result: v.picklist(["stopped", "working", "unknown"]),
          reason: LongText,
        }),
      ),
      /** directories that opencode fails at: what is at work there is not known */
      failing: list(v.object({ directory: Path, project: v.nullable(Word), reason: LongText })),
      /** commands that had begun before it, and whose prompt does not reach opencode any more */
      kept: v.optional(list(CommandId), []),
    }),
  },
  "node.status": {
    args: v.object({}),
    output: v.object({
      opencode: OpencodeReport,
      /** how many sessions the agent has told of, by the status it told last */
      told: table(Figure),
      /** what opencode itself says of the sessions that are not idle */
      working: table(Opaque, 10_000),
      /** directories that opencode fails at: what is at work there is not known */
      failing: v.optional(list(v.object({ directory: Path, reason: LongText })), []),
      /** what opencode may ask providers with: the kind of each login, never the login itself */
      credentials: v.optional(list(Credential), []),
    }),
  },
} as const;

/** `remainingMs` of a command that waits until it is done or cancelled; an older agent takes it for a very long time. */
export const NO_DEADLINE_MS = Number.MAX_SAFE_INTEGER;

/** The types of what stops something. */
export const STANDING_TYPES = Object.keys(COMMANDS).filter((type) => "standing" in COMMANDS[type as CommandType]);

/** Whether a command stops something (protocol §5.9). */
export function isStanding(type: string): boolean {
  return STANDING_TYPES.includes(type);
}

/** Whether a command begins work, so that a hold refuses it (protocol §5.12). */
export function beginsWork(type: CommandType): boolean {
  return "begins" in COMMANDS[type];
}

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
