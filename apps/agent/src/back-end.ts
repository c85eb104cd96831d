import { type AnswerFormat, type FileChange, type FileKind, HalError, type PromptFile, type Todo } from "@hal/protocol";
import type {
  PermissionRequest,
  QuestionRequest,
  SourceFact,
  SourceMessage,
  SourcePart,
  SourceRow,
  SourceSession,
  SourceStatus,
} from "./domain/source-fact.ts";

/** What one back end can and another one cannot, in words that follow "it cannot". */
export const ABILITIES = {
  queue: "take a prompt for a session that is at work and do it afterwards",
  steer: "take a prompt into the turn that is under way",
  permission: "ask a person for a permission",
  question: "ask a person a question",
  todos: "say what a session has on its list",
  diff: "say what a turn changed in files",
  format: "give an answer of a shape that is asked for",
  files: "take files with a prompt",
  fork: "begin a session with the messages of another one",
} as const;
export type Ability = keyof typeof ABILITIES;

/** What a back end can. What it cannot is refused with a reason, and never imitated. */
export interface Abilities {
  readonly can: { readonly [A in Ability]: boolean };
  /**
   * How it says what nobody heard. `log`: every row since a place; `snapshot`: messages as they are now; `none`: not at all.
   * Messages are told once and for sure of a log alone.
   */
  readonly history: "log" | "snapshot" | "none";
  /** of what it says the cost as it comes: of each answer, or of a session once its turn is over */
  readonly cost: "step" | "turn";
  /** whether one server has all sessions, so that its end is the end of all turns, or each session one of its own */
  readonly servers: "one" | "one a session";
}

/** Refuses what needs something that a back end cannot. */
export function refuseUnable(
  { name, abilities: { can } }: Pick<BackEnd, "name" | "abilities">,
  needed: readonly Ability[],
): void {
  const missing = needed.find((ability) => !can[ability]);
  if (missing !== undefined)
    throw new HalError("bad_request", `${name} cannot ${ABILITIES[missing]}, so nothing was done`);
}

/** What a session can be begun with. */
export interface Offers {
  readonly models: readonly string[];
  readonly agents: readonly string[];
}

export interface PromptRequest {
  readonly sessionId: string;
  readonly messageId: string;
  readonly text: string;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  /** the shape that the answer is to have */
  readonly format?: AnswerFormat | undefined;
  readonly files?: readonly PromptFile[] | undefined;
}

export interface SessionRequest {
  readonly directory: string;
  readonly title?: string | undefined;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  /** noted with the session, so that it is found again by it */
  readonly commandId: string;
  /** the session that it goes on from; noted with it, too */
  readonly continues?: string | undefined;
}

/**
 * One run of the program that works at sessions, as capabilities see it: the conformance suite of the tests says what it must
 * do. Failures are HalErrors; asked for what it cannot, it refuses.
 */
export interface BackEnd {
  /** what people call it */
  readonly name: string;
  readonly abilities: Abilities;
  /** names the running server: another run remembers nothing of turns that were not over */
  readonly run: string;
  /** what it says as it happens; ends, or throws, when the stream does */
  facts(signal: AbortSignal): AsyncIterable<SourceFact>;
  /** rows of the durable log after the given sequences; all rows of sessions that are not named; refused where there is no log */
  history(known: Readonly<Record<string, number>>): Promise<SourceRow[]>;
  /** whether the server as a whole answers, whatever its directories do */
  answers(): Promise<boolean>;
  /** of the sessions that are not idle, and maybe of others */
  statuses(directory: string, signal?: AbortSignal): Promise<Readonly<Record<string, SourceStatus>>>;
  permissions(directory: string, signal?: AbortSignal): Promise<PermissionRequest[]>;
  questions(directory: string, signal?: AbortSignal): Promise<QuestionRequest[]>;
  /** how many tokens a model takes in all, by `provider/model`, as it is configured there; undefined where that is not said */
  contextLimit(directory: string, model: string): Promise<number | undefined>;
  /** what a model takes beside text, by `provider/model`; undefined where that is not said */
  takes(directory: string, model: string): Promise<readonly FileKind[] | undefined>;
  /** with which models, by `provider/model`, and agents a session can be begun there */
  offers(directory: string): Promise<Offers>;
  hasSession(id: string): Promise<boolean>;
  /** undefined where it does not have it */
  findSession(id: string): Promise<SourceSession | undefined>;
  sessions(directory: string, signal?: AbortSignal): Promise<SourceSession[]>;
  /** whether the message is there with its text: a server that was killed may have one without */
  hasPrompt(sessionId: string, messageId: string): Promise<boolean>;
  todos(sessionId: string): Promise<Todo[]>;
  /** what the turn of a prompt changed in files; it may take a moment after it to know */
  diff(sessionId: string, messageId: string): Promise<FileChange[]>;
  /** the newest message of a session; texts that are being written are empty in it */
  newestMessage(
    sessionId: string,
  ): Promise<{ readonly message: SourceMessage; readonly parts: readonly SourcePart[] } | undefined>;
  /** resolves when all that a turn in this directory needs is up; once for each life of what is there */
  boot(directory: string): Promise<void>;
  createSession(request: SessionRequest): Promise<string>;
  /** a name for a prompt that is about to be given to it, later than those before */
  newMessageId(now: number): string;
  /** the id of a new session with copies of all messages of this one */
  fork(sessionId: string): Promise<string>;
  prompt(request: PromptRequest): Promise<void>;
  abort(sessionId: string): Promise<void>;
  archive(sessionId: string, at: number): Promise<void>;
  /** deletes a session that rests, with its history and its children */
  deleteSession(sessionId: string): Promise<void>;
  /** false where nobody waits for it any more */
  answerPermission(request: {
    readonly id: string;
    /** of its session: requests may be known only there */
    readonly directory: string | undefined;
    readonly reply: "once" | "always" | "reject";
    readonly message?: string | undefined;
  }): Promise<boolean>;
  /** `undefined` rejects the question; false where nobody waits for it any more */
  answerQuestion(request: {
    readonly id: string;
    readonly directory: string | undefined;
    readonly answers: readonly (readonly string[])[] | undefined;
  }): Promise<boolean>;
}
