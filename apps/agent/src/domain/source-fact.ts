import type { EventData, TokenUsage } from "@hal/protocol";

/**
 * What a back end says, in our own words: the one shape in which its sessions, messages and requests are known behind its
 * door. Times are milliseconds since 1970, costs are micro-dollars, and a model is `provider/model`.
 */
export type SourceFact =
  /** the stream is heard from here on: what was before must be asked for */
  | { readonly kind: "opened" }
  /** some of its turns and requests are not known to it any more, and it says nothing more of them */
  | { readonly kind: "forgot" }
  /** it lives, and says nothing that matters here */
  | { readonly kind: "beat" }
  | { readonly kind: "row"; readonly row: SourceRow }
  | { readonly kind: "status"; readonly sessionId: string; readonly status: SourceStatus }
  | { readonly kind: "failed"; readonly sessionId: string; readonly error: SourceError }
  | { readonly kind: "deleted"; readonly sessionId: string }
  | { readonly kind: "todos"; readonly sessionId: string; readonly todos: EventData<"session.todo">["todos"] }
  | { readonly kind: "asked"; readonly request: SourceRequest }
  | {
      readonly kind: "answered";
      readonly sessionId: string;
      readonly requestId: string;
      /** `answer` where a question was answered, with what was chosen for each part of it */
      readonly reply: "once" | "always" | "reject" | "answer";
      readonly answers: string[][];
    }
  | LiveFact;

/** What is said of a message while it is written, for the live lane alone: the same comes as rows when it is a fact. */
export type LiveFact =
  | { readonly kind: "message"; readonly sessionId: string; readonly message: SourceMessage }
  | { readonly kind: "part"; readonly sessionId: string; readonly part: SourcePart }
  | {
      /** more text of a part */
      readonly kind: "delta";
      readonly sessionId: string;
      readonly messageId: string;
      readonly partId: string;
      readonly text: string;
    };

/** Whether only the live lane has to do with it. */
export function isLive(fact: SourceFact): fact is LiveFact {
  return fact.kind === "message" || fact.kind === "part" || fact.kind === "delta";
}

/** One row of a back end's durable log, the same on its stream and in its history. */
export interface SourceRow {
  readonly sessionId: string;
  /** its place among the rows of its session, from 0 on without a hole */
  readonly seq: number;
  readonly change:
    | { readonly kind: "session"; readonly session: SourceSession }
    | { readonly kind: "message"; readonly message: SourceMessage }
    /** `at` is when it changed, where that is known */
    | { readonly kind: "part"; readonly part: SourcePart; readonly at: number | undefined }
    /** a message, or a part of one, was taken out of the conversation */
    | { readonly kind: "removed"; readonly messageId: string; readonly partId: string | undefined }
    /** it says nothing that is known here, and has its place all the same */
    | { readonly kind: "other" };
}

/** A session as its back end knows it. */
export interface SourceSession {
  readonly id: string;
  readonly directory: string;
  /** the session that began it */
  readonly parentId: string | undefined;
  readonly title: string;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  /** the command that it was created for, as whoever created it noted; a copy of a session has that of the session */
  readonly commandId: string | undefined;
  /** the session that it goes on from, as whoever created it noted; undefined of a copy */
  readonly continues: string | undefined;
  /** whether its back end names it as a copy of another one */
  readonly isFork: boolean;
  readonly costMicroUsd: number;
  readonly tokens: TokenUsage;
  /** somebody undid the conversation from here on */
  readonly undoneFrom: { readonly messageId: string; readonly partId?: string } | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly archivedAt: number | undefined;
}

/** A message without what is in it. */
export interface SourceMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  /** the prompt that it answers */
  readonly parentId: string | undefined;
  readonly model: string | undefined;
  /** whether it stands for the conversation before it */
  readonly isSummary: boolean;
  /** why it ended, in the model's word */
  readonly finish: string | undefined;
  /** whether its turn goes on with what its tools came to, once it has ended */
  readonly goesOn: boolean;
  readonly error: SourceError | undefined;
  /** the answer, where one of a shape was asked for */
  readonly structured?: unknown;
  readonly costMicroUsd: number;
  /** the same to a thousandth of a micro-dollar */
  readonly costNanoUsd: number;
  readonly tokens: TokenUsage;
  readonly createdAt: number;
  /** undefined while it is written, and where nobody lived to end it */
  readonly completedAt: number | undefined;
}

/** A piece of a message. */
export type SourcePart = TextPart | ToolPart | OtherPart;

interface OfMessage {
  readonly id: string;
  readonly messageId: string;
}

export interface TextPart extends OfMessage {
  readonly kind: "text" | "reasoning";
  readonly text: string;
  /** false where it was put in for the model, and is nothing that a person or the model said */
  readonly isSaid: boolean;
  /** whether nothing more of it comes */
  readonly isWhole: boolean;
}

export interface ToolPart extends OfMessage {
  readonly kind: "tool";
  readonly callId: string;
  readonly tool: string;
  /** `pending`, `running`, `completed` or `error`; undefined where it is not said */
  readonly status: string | undefined;
  readonly title: string | undefined;
  /** what it is about, while it has no title; may be empty */
  readonly about: string;
  readonly input: unknown;
  /** what came of it, or why it failed */
  readonly output: string;
  /** with what the command ended that it ran; undefined where it ran none, or that is not known */
  readonly exitCode: number | undefined;
  /** whether a person denied it, and said nothing to the model: the turn ends with that */
  readonly isDenied: boolean;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

/** Anything else: it shows that something is in the message. */
interface OtherPart extends OfMessage {
  readonly kind: "other";
}

/** What a session does, by the word of its back end. */
export type SourceStatus =
  | { readonly type: "busy" | "idle" }
  | {
      /** it waits to ask its provider again */
      readonly type: "retry";
      readonly attempt: number;
      readonly message: string;
      /** when it asks again */
      readonly next?: number | undefined;
      /** what it says that one could do about it */
      readonly action?: unknown;
    };

/** Why a turn or a message failed. */
export interface SourceError {
  readonly name: string;
  /** one line */
  readonly message: string;
  /** whether somebody stopped it on purpose */
  readonly isAbort: boolean;
}

/** The name of an error that has none: also that of a prompt that is refused after it was taken. */
export const NAMELESS_ERROR = "UnknownError";

/** An error by its name and its text, of which the first line counts: what follows is a stack. */
export function sourceError(name: string, text: string | undefined): SourceError {
  const [line] = (text ?? name).split("\n", 1);
  return { name, message: (line ?? name).slice(0, 500), isAbort: false };
}

/** What waits for a person. */
export type SourceRequest = PermissionRequest | QuestionRequest;

interface OfPerson {
  readonly id: string;
  readonly sessionId: string;
  /** the message that asks; undefined where the back end itself does */
  readonly askedBy: string | undefined;
}

export interface PermissionRequest extends OfPerson {
  readonly kind: "permission";
  readonly permission: string;
  readonly patterns: string[];
  /** the command line that it is for, of which the patterns are parts */
  readonly command?: string | undefined;
  /** the patterns that are allowed from then on, where the answer is `always` */
  readonly always: string[];
}

export interface QuestionRequest extends OfPerson {
  readonly kind: "question";
  readonly questions: EventData<"interaction.asked">["questions"];
}
